import type { Fix } from '../finding.ts';
import { readsChanges } from '../flow.ts';
import type { ConnectionAttempt, HbaDecision, HbaLine, HbaMethod, ParsedHba, ServerContext } from '../hba/index.ts';
import { decide, parseHba, shadowedLines } from '../hba/index.ts';
import { addLine } from './hba-fix.ts';
import type { HbaReader } from './hba-files.ts';
import { asServerReads, editedSinceLoad, neverMatching, notInForce } from './hba-whole-file.ts';
import { contextOf, filesOf, main, place, quote, settingsOf, sharpens } from './hba-files.ts';
import { agreedVersion, serverVersion } from './hba-version.ts';
import type { ManagedReader } from './managed.ts';
import { managedHost, managedSharpens } from './managed.ts';
import type { Draft } from './probe.ts';
import { probe } from './probe.ts';

/** Methods with which DMS, a psqlODBC client that has a password and nothing else, cannot log in. */
const notForDms: readonly HbaMethod[] = ['peer', 'ident', 'cert', 'gss', 'sspi', 'oauth'];
/** Methods that ask for the password in clear and hand it to somebody whom we do not see. */
const elsewhere: readonly HbaMethod[] = ['ldap', 'pam', 'radius', 'bsd'];

/** Which line of pg_hba.conf decides for each connection that DMS makes, and what it asks for. */
export const pgHba = probe({
  layer: 'pg-hba',
  needs: [main, 'postgres/server.json', 'postgres/settings.json'],
  sharpens: [...sharpens, ...managedSharpens],
  *judge(e) {
    const attempts = attemptsOf(e);
    if (yield* managed(e)) return;
    const text = e.need(main);
    const known = serverVersion(e);
    const version = known ?? agreedVersion(e, text, attempts);
    const hba = parseHba(filesOf(e, text), version, settingsOf(e));
    if (hba.problems.length > 0 || hba.unknowns.length > 0) {
      yield* notInForce(e, hba);
      return;
    }
    yield* editedSinceLoad(e);
    yield* asServerReads(e, hba);
    yield* neverMatching(e, hba);
    const context = contextOf(e, hba, version);
    for (const one of decided(hba, attempts, context)) yield* verdict(e, hba, context, one);
  },
});

/** On RDS and Aurora pg_hba.conf is AWS's own; what is left to its owner is whether it asks for TLS. */
function* managed(e: HbaReader & ManagedReader): Generator<Draft, boolean> {
  // Of a host that is AWS's own nobody gets pg_hba.conf: a SQL session tells what there is to know.
  const settings = managedHost(e) === undefined ? e.maybe('postgres/settings.json') : e.need('postgres/settings.json');
  const setting = settings?.get('rds.force_ssl')?.setting;
  if (setting === undefined || setting === null) return false;
  const evidence = [e.cite('postgres/settings.json', `rds.force_ssl = ${setting}`)] as const;
  const forced = setting === '1' || setting === 'on';
  if (forced && e.fact('tls') === 'none')
    yield { code: 'HBA014', args: { from: e.fact('from').join(', ') }, evidence, fix: useTls };
  else yield { code: 'HBA015', args: { setting }, evidence };
  return true;
}

const useTls: Fix = {
  steps: [
    {
      where: 'DMS',
      run: 'aws dms modify-endpoint --endpoint-arn ENDPOINT_ARN --ssl-mode require',
      effect: 'none',
      risk: 'modify-endpoint can reset members that are not given again: pass the server, port, database and user with it. It starts a connection test by itself.',
      undo: '`aws dms modify-endpoint --endpoint-arn ENDPOINT_ARN --ssl-mode none`',
      verify: 'DMS’s own connection test.',
    },
  ],
  patches: [],
};

/** One outcome, for every connection of DMS that has it. */
type Decided = {
  readonly attempt: ConnectionAttempt;
  readonly connection: string;
  readonly decision: HbaDecision;
  readonly messages: readonly string[];
};

/** From 10 on a logical walsender is matched like an SQL connection: what holds for both is said once. */
function decided(hba: ParsedHba, attempts: readonly ConnectionAttempt[], context: ServerContext): Decided[] {
  const found = new Map<string, Decided>();
  for (const attempt of attempts)
    for (const decision of decide(hba, attempt, context)) {
      const line = 'line' in decision ? `${decision.line?.file}:${decision.line?.line}` : '';
      const key = [decision.verdict, line, ...decision.from, context.version < 100_000 ? attempt.kind : ''].join(' ');
      const known = found.get(key);
      const message = 'message' in decision && decision.message !== undefined ? [decision.message] : [];
      if (known === undefined)
        found.set(key, { attempt, connection: connectionWords[attempt.kind], decision, messages: message });
      else
        found.set(key, {
          ...known,
          connection: 'SQL and logical replication connections',
          messages: [...known.messages, ...message],
        });
    }
  return [...found.values()];
}

const connectionWords = {
  sql: 'SQL connection',
  'logical-walsender': 'logical replication connection',
  'physical-walsender': 'physical replication connection',
} as const satisfies Record<ConnectionAttempt['kind'], string>;

/** The connections that DMS makes: SQL, and from the first change on a logical walsender. */
function attemptsOf(e: HbaReader): ConnectionAttempt[] {
  const shared = {
    from: e.fact('from'),
    database: e.fact('database'),
    user: e.fact('user'),
    tls: e.fact('tls') !== 'none',
  };
  const sql: ConnectionAttempt = { ...shared, kind: 'sql' };
  return readsChanges(e.flow) ? [sql, { ...shared, kind: 'logical-walsender' }] : [sql];
}

function* verdict(
  e: HbaReader,
  hba: ParsedHba,
  context: ServerContext,
  { attempt, connection, decision, messages }: Decided,
): Generator<Draft> {
  const from = decision.from.join(', ');
  const subject = `${connection} from ${from}`;
  if (decision.verdict === 'unknown') {
    const evidence = [
      decision.line ? quote(e, decision.line.file, decision.line.line) : e.cite(main, decision.why),
    ] as const;
    yield { code: 'HBA005', args: { why: decision.why }, evidence, subject };
  } else if (decision.verdict === 'no-entry') {
    const fix = addLine(e, hba, { ...attempt, from: decision.from }, context);
    const lines = hba.lines.filter((line) => line.type !== 'local').slice(-8);
    const [first = e.cite(main, 'no line for hosts'), ...rest] = lines.map((line) => quote(e, line.file, line.line));
    yield {
      code: 'HBA003',
      args: {
        from,
        connection,
        message: [...new Set(messages)].join(' — and for replication: '),
        line: fix.line,
        place: fix.place,
      },
      evidence: [first, ...rest],
      subject,
      ...(fix.fix === undefined ? {} : { fix: fix.fix }),
      caveats: [...loadCaveat(e), ...tlsCaveat(hba, attempt, context, decision.from)],
    };
  } else yield* meaning(e, hba, attempt, context, decision.from, decision.line, { connection, subject });
}

function* meaning(
  e: HbaReader,
  hba: ParsedHba,
  attempt: ConnectionAttempt,
  context: ServerContext,
  addresses: readonly string[],
  line: HbaLine,
  { connection, subject }: { connection: string; subject: string },
): Generator<Draft> {
  const from = addresses.join(', ');
  const where = place(line.file, line.line);
  const evidence = [quote(e, line.file, line.line)] as const;
  const shared = { evidence, subject };
  const fix = () => {
    const { fix: found } = addLine(e, hba, { ...attempt, from: addresses }, context);
    return found === undefined ? {} : { fix: found };
  };
  const needsCertificate = line.options.some(
    ({ name, value }) => name === 'clientcert' && ['1', 'verify-ca', 'verify-full'].includes(value),
  );
  const verifier =
    line.method === 'scram-sha-256' ? e.maybe('postgres/roles.json')?.get(attempt.user)?.verifier : undefined;
  const blocks = line.method === 'reject' || notForDms.includes(line.method) || needsCertificate || verifier === 'md5';
  if (blocks) yield* behind(e, hba, { ...attempt, from: addresses }, context, line);
  if (line.method === 'reject') yield { code: 'HBA002', args: { from, connection, place: where }, ...shared, ...fix() };
  else if (notForDms.includes(line.method) || needsCertificate)
    yield {
      code: 'HBA004',
      args: { from, connection, method: needsCertificate ? 'a client certificate' : line.method, place: where },
      ...shared,
      ...fix(),
    };
  else if (verifier === 'md5')
    yield { code: 'HBA009', args: { from, user: attempt.user, place: where }, ...shared, ...fix() };
  else {
    const caveats = elsewhere.includes(line.method)
      ? [`Whether ${line.method} accepts DMS’s password is decided elsewhere.`]
      : [];
    yield {
      code: 'HBA001',
      args: { from, connection, method: line.method, place: where },
      ...shared,
      caveats: [...caveats, ...loadCaveat(e), ...keywordCaveat(hba, attempt, context)],
    };
    if (line.method === 'trust') yield { code: 'HBA008', args: { place: where }, evidence, subject: where };
  }
  const { address } = line;
  if (
    line.method !== 'reject' &&
    address?.kind === 'network' &&
    address.network.family === 4 &&
    address.network.mask === 0n
  )
    yield { code: 'HBA007', args: { place: where }, evidence, subject: where };
}

/** Lines that would have admitted it, had the deciding one not come first. */
function* behind(
  e: HbaReader,
  hba: ParsedHba,
  attempt: ConnectionAttempt,
  context: ServerContext,
  by: HbaLine,
): Generator<Draft> {
  for (const shadowed of shadowedLines(hba, attempt, context)) {
    if (shadowed.by !== by || shadowed.line.method === 'reject' || notForDms.includes(shadowed.line.method)) continue;
    const { line } = shadowed;
    yield {
      code: 'HBA011',
      args: { from: shadowed.from.join(', '), place: place(line.file, line.line), byPlace: place(by.file, by.line) },
      evidence: [quote(e, line.file, line.line), quote(e, by.file, by.line)],
      subject: place(line.file, line.line),
    };
  }
}

/** AWS's guide asks for a line that only physical replication uses from 10 on; whoever misses it is told why. */
function keywordCaveat(hba: ParsedHba, attempt: ConnectionAttempt, context: ServerContext): string[] {
  if (
    context.version < 100_000 ||
    hba.lines.some(({ databases }) => databases.some(({ text, quoted }) => text === 'replication' && !quoted))
  )
    return [];
  return [
    `AWS’s guide also asks for a line with the database replication: up to PostgreSQL 9.6 DMS needed it; from 10 on logical replication is admitted by the line for ${attempt.database}.`,
  ];
}

function loadCaveat(e: HbaReader): string[] {
  const server = e.maybe('postgres/server.json');
  const loaded = server?.pg_conf_load_time && e.maybe('postgres/files.json');
  return [
    ...(serverVersion(e) === undefined
      ? ['The server’s version is not known; every version that takes this file agrees.']
      : []),
    ...(loaded ? [] : ['When the server last loaded this file is not known.']),
  ];
}

/** A line that only asks for TLS is told apart from one that is missing. */
function tlsCaveat(
  hba: ParsedHba,
  attempt: ConnectionAttempt,
  context: ServerContext,
  from: readonly string[],
): string[] {
  if (attempt.tls) return [];
  const lines = decide(hba, { ...attempt, from, tls: true }, context).flatMap((one) =>
    one.verdict === 'line' && one.method !== 'reject' ? [one.line] : [],
  );
  return [...new Set(lines)].map(
    (line) =>
      `With TLS ${place(line.file, line.line)} would decide (${line.method}): the endpoint’s SslMode require is another way.`,
  );
}
