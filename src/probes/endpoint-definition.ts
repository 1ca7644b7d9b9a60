import type { Endpoint } from '../evidence/parse/aws.ts';
import type { Fix } from '../finding.ts';
import { shellQuote } from '../shell.ts';
import { endpointOf } from './dms.ts';
import type { Draft, Reader } from './probe.ts';

type DefinitionReader = Reader<'aws/describe-endpoints.json', never>;

const item = 'aws/describe-endpoints.json';
/** States in which DMS uses an endpoint; a definition without a state is an old one and is used too. */
const usable = ['active', 'testing', 'modifying'];

/**
 * The endpoint as DMS defines it: its state, fields that differ from what is judged, and values that cannot be meant.
 *
 * @returns what qualifies every proof of the endpoint where its definition was not seen
 */
export function* definition(e: DefinitionReader): Generator<Draft, string[]> {
  if (e.flow.endpoint === undefined && e.maybe(item) === undefined)
    return ['DMS’s definition of the endpoint was not seen; the connection is the one that was given.'];
  const found = endpointOf(e);
  const name = e.fact('endpoint');
  if (found === undefined) {
    yield {
      code: 'END006',
      args: { what: 'endpoint', name, item },
      evidence: [e.cite(item, `no EndpointIdentifier ${name}`)],
    };
    return [];
  }
  const status = found.Status ?? 'active';
  if (!usable.includes(status.toLowerCase()))
    yield {
      code: 'END005',
      args: { what: 'endpoint', name, status },
      evidence: [e.cite(item, `${name}: Status ${status}`)],
      subject: name,
    };
  const settings = found.PostgreSQLSettings;
  const defined = {
    host: found.ServerName ?? settings?.ServerName,
    port: found.Port ?? settings?.Port,
    database: found.DatabaseName ?? settings?.DatabaseName,
    user: found.Username ?? settings?.Username,
    tls: found.SslMode,
  };
  for (const [field, value] of Object.entries(defined)) {
    const judged = e.flow[field as keyof typeof defined];
    if (value === undefined || value === null || judged === undefined) continue;
    // A blank around the server's name is a finding of its own, and not another server.
    if (value === judged || (field === 'host' && String(value).trim() === judged)) continue;
    yield {
      code: 'END007',
      args: { field, flow: String(judged), defined: String(value) },
      evidence: [e.cite(item, `${name}: ${field} ${value}`)],
      subject: field,
    };
  }
  yield* strays(e, found, name, defined);
  if (settings?.SecretsManagerSecretId)
    yield {
      code: 'END017',
      args: { name, secret: settings.SecretsManagerSecretId },
      evidence: [e.cite(item, `${name}: SecretsManagerSecretId ${settings.SecretsManagerSecretId}`)],
    };
  return [];
}

/** What a host name or an address consists of; everything else in its place was pasted along. */
const hostLike = /^[A-Za-z0-9._:-]+$/;
const quoted = /^\s|\s$|^(["'`]).*\1$/;

type Defined = Readonly<Record<'host' | 'database' | 'user', string | null | undefined>>;

/** Values with something around them that nobody means: blanks, quotes, a scheme. */
function* strays(e: DefinitionReader, endpoint: Endpoint, name: string, defined: Defined): Generator<Draft> {
  const { host } = defined;
  if (host && !hostLike.test(host))
    yield {
      code: 'END014',
      args: { name, value: JSON.stringify(host) },
      evidence: [e.cite(item, `${name}: ServerName ${JSON.stringify(host)}`)],
      ...fixOf(e, endpoint, host.trim().replaceAll(/^["'`]+|["'`]+$/g, '')),
    };
  for (const [field, value] of [
    ['DatabaseName', defined.database],
    ['Username', defined.user],
  ] as const)
    if (value && quoted.test(value))
      yield {
        code: 'END015',
        args: { name, field, value: JSON.stringify(value) },
        evidence: [e.cite(item, `${name}: ${field} ${JSON.stringify(value)}`)],
        subject: field,
      };
}

/** The server's name without what stands around it; modify-endpoint is given every field, because it may reset the others. */
function fixOf(e: DefinitionReader, endpoint: Endpoint, mended: string): { fix?: Fix } {
  if (!hostLike.test(mended)) return {};
  const index = e.need(item).indexOf(endpoint);
  const { EndpointArn: arn, ServerName: server, Port: port, DatabaseName: database, Username: user } = endpoint;
  const rest = [
    port ? ` --port ${port}` : '',
    database ? ` --database-name ${shellQuote(database)}` : '',
    user ? ` --username ${shellQuote(user)}` : '',
  ].join('');
  const command = (host: string) =>
    `aws dms modify-endpoint --endpoint-arn ${shellQuote(arn)} --server-name ${shellQuote(host)}${rest}`;
  const path = ['Endpoints', index, ...(server ? [] : ['PostgreSQLSettings']), 'ServerName'];
  return {
    fix: {
      steps: [
        {
          where: 'DMS',
          run: command(mended),
          effect: 'none',
          risk: 'A running task keeps its connection; the next start uses the new name. DMS tests the endpoint again.',
          undo: `\`${command(server ?? '')}\``,
          verify: 'DMS’s own connection test.',
        },
      ],
      patches: [{ item, path, set: mended }],
    },
  };
}
