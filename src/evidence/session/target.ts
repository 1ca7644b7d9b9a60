import { userInfo } from 'node:os';
import { SourceError } from '../source.ts';
import type { Environment } from './environment.ts';
import { readService } from './service-file.ts';
import type { Parameters } from './url.ts';
import { parseConnectionUrl } from './url.ts';

/** libpq's `sslmode`. */
export type SslMode = 'disable' | 'allow' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';

/** Where and how to log in. The passwords are functions, so that no print of a target holds one. */
export type Target = {
  /** A name, an address, or the folder of a Unix socket. */
  readonly host: string;
  /** The address to connect to, where it is not to be looked up. */
  readonly address: string | undefined;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: () => string | undefined;
  readonly sslMode: SslMode;
  /** Files, or `system` for the certificate authorities that come with Node. */
  readonly sslRootCertificate: string | undefined;
  readonly sslCertificate: string | undefined;
  readonly sslKey: string | undefined;
  readonly sslPassword: () => string | undefined;
  /** Milliseconds for one attempt to log in. */
  readonly connectTimeout: number;
};

/** What is used where nothing names it: of the endpoint, as far as it is known. */
export type TargetDefaults = { readonly host: string | undefined; readonly database: string | undefined };

const variables = {
  PGHOST: 'host',
  PGHOSTADDR: 'hostaddr',
  PGPORT: 'port',
  PGDATABASE: 'dbname',
  PGUSER: 'user',
  PGPASSWORD: 'password',
  PGSERVICE: 'service',
  PGSSLMODE: 'sslmode',
  PGSSLROOTCERT: 'sslrootcert',
  PGSSLCERT: 'sslcert',
  PGSSLKEY: 'sslkey',
  PGCONNECT_TIMEOUT: 'connect_timeout',
  PGCHANNELBINDING: 'channel_binding',
  PGGSSENCMODE: 'gssencmode',
  PGREQUIREAUTH: 'require_auth',
  PGREQUIREPEER: 'requirepeer',
  PGSSLCRL: 'sslcrl',
  PGSSLCRLDIR: 'sslcrldir',
  PGSSLNEGOTIATION: 'sslnegotiation',
  PGSSLMINPROTOCOLVERSION: 'ssl_min_protocol_version',
} as const;

/** Parameters that this session does not keep, but that change nothing of its safety. */
const withoutEffect =
  /^(?:application_name|fallback_application_name|client_encoding|options|keepalives\w*|tcp_user_timeout|target_session_attrs|load_balance_hosts|sslsni|sslcompression|krbsrvname|gsslib|gssdelegation|replication|uselibpqcompat)$/;

/** Values that ask for no more than what is done anyway; any other value is refused rather than passed over. */
const harmless: Readonly<Record<string, RegExp>> = {
  channel_binding: /^(?:disable|prefer)$/,
  gssencmode: /^(?:disable|prefer)$/,
  sslnegotiation: /^postgres$/,
  ssl_min_protocol_version: /^TLSv1(?:\.[12])?$/,
  ssl_max_protocol_version: /^TLSv1\.3$/,
};

/**
 * Reads where to log in, as libpq does: what the URL says, then the service file, then the environment, then what is known
 * of the endpoint.
 *
 * @param url undefined where only the environment says it
 * @throws {@link SourceError} where something of it cannot be used
 */
export async function readTarget(url: string | undefined, env: Environment, defaults: TargetDefaults): Promise<Target> {
  const named = url === undefined ? {} : parseConnectionUrl(url);
  const fromEnvironment: Record<string, string> = {};
  for (const [variable, name] of Object.entries(variables)) {
    const value = env[variable];
    if (value !== undefined && value !== '') fromEnvironment[name] = value;
  }
  const service = named['service'] ?? fromEnvironment['service'];
  const fromService = service === undefined ? {} : await readService(service, env);
  return targetOf({ ...fromEnvironment, ...fromService, ...named }, defaults);
}

function targetOf(all: Parameters, defaults: TargetDefaults): Target {
  const used = new Set<string>();
  const take = (name: string): string | undefined => {
    used.add(name);
    return all[name];
  };
  take('service');
  const user = take('user') ?? systemUser();
  const address = take('hostaddr');
  const password = take('password');
  const sslPassword = take('sslpassword');
  const target: Target = {
    host: oneHost(take('host') ?? address ?? defaults.host ?? localHost()),
    address,
    port: portOf(take('port')),
    database: take('dbname') ?? defaults.database ?? user,
    user,
    password: () => password,
    sslMode: sslModeOf(take('sslmode')),
    sslRootCertificate: take('sslrootcert'),
    sslCertificate: take('sslcert'),
    sslKey: take('sslkey'),
    sslPassword: () => sslPassword,
    connectTimeout: timeoutOf(take('connect_timeout')),
  };
  for (const [name, value] of Object.entries(all)) {
    if (used.has(name) || withoutEffect.test(name) || harmless[name]?.test(value)) continue;
    throw new SourceError(
      `the connection parameter ${/^\w{1,40}$/.test(name) ? name : '(unreadable)'} is not one that this session can keep; leave it out`,
    );
  }
  return target;
}

function oneHost(host: string): string {
  if (host.includes(','))
    throw new SourceError('the host of the SQL session names several; name the one that the endpoint is');
  return host;
}

function portOf(text: string | undefined): number {
  const port = Number(text ?? 5432);
  if (!Number.isInteger(port) || port < 1 || port > 65535)
    throw new SourceError('the port of the SQL session is not a number from 1 to 65535');
  return port;
}

const modes: readonly SslMode[] = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];

function sslModeOf(text: string | undefined): SslMode {
  const mode = modes.find((known) => known === (text ?? 'prefer'));
  if (mode === undefined) throw new SourceError(`the sslmode of the SQL session is none of ${modes.join(', ')}`);
  return mode;
}

/** Seconds, as libpq has them; none and 0 mean what a run can wait for. */
function timeoutOf(text: string | undefined): number {
  const seconds = Number(text ?? 0);
  return Number.isInteger(seconds) && seconds > 0 ? Math.min(seconds, 60) * 1000 : 10_000;
}

function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    throw new SourceError('the SQL session needs a user: --pg-url postgres://USER@HOST/DATABASE');
  }
}

function localHost(): string {
  return process.platform === 'win32' ? 'localhost' : '/var/run/postgresql';
}
