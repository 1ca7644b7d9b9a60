import type { LookupAddress } from 'node:dns';
import type { Duplex } from 'node:stream';
import type pg from 'pg';
import { within } from '../deadline.ts';
import type { Tunnel } from '../tunnel.ts';
import type { Ask } from './password.ts';
import { NoPassword, passwordFor } from './password.ts';
import type { Session } from './session.ts';
import { sessionOf } from './session.ts';
import type { SslMode, Target } from './target.ts';
import type { TlsFacts, TlsMaterial } from './tls.ts';
import { secured } from './tls.ts';
import type { Way } from './transport.ts';
import { abortedBy, addressesFor, asksForTls, connectedAs, straight, through } from './transport.ts';

/** How far an attempt came before it failed. */
export type Phase = 'name' | 'connect' | 'tls' | 'login';

/** An attempt that ended before there was a session. */
export type Refusal = {
  readonly phase: Phase;
  readonly way: string;
  /** SQLSTATE or the system's error code. */
  readonly code: string | undefined;
  readonly message: string;
  /** Whether the attempt was made under TLS. */
  readonly encrypted: boolean;
};

/** What came of the attempts to log in; `refusals` in the order in which they were met. */
export type Outcome = {
  readonly session: Session | undefined;
  readonly refusals: readonly Refusal[];
  readonly addresses: readonly LookupAddress[];
  readonly tls: TlsFacts | undefined;
  /** Whether the server offered TLS; undefined where it was not asked. */
  readonly offersTls: boolean | undefined;
};

/** What a log-in may use beside the target. */
export type Means = {
  readonly material: TlsMaterial;
  readonly tunnel?: Tunnel | undefined;
  readonly ask?: Ask | undefined;
};

/** A server that is not reached straight within this time is looked for through the tunnel. */
const straightPatience = 3000;
/** The way through a tunnel opens when that has been made, which may wait for a person. */
const tunnelPatience = 60_000;

/**
 * The settings of the session, which end with it. Poolers refuse them; each statement brings its own, too.
 * `tcp_keepalives_*`: where this machine is gone, the server ends the session within a minute.
 */
const sessionOptions = [
  'default_transaction_read_only=on',
  'statement_timeout=10000',
  'lock_timeout=2000',
  'tcp_keepalives_idle=20',
  'tcp_keepalives_interval=10',
  'tcp_keepalives_count=3',
]
  .map((setting) => `-c ${setting}`)
  .join(' ');

class Refused extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal, cause: unknown) {
    super(refusal.message, { cause });
    this.refusal = refusal;
  }
}

/**
 * Logs in, over whichever way leads there: straight, else through the tunnel. What goes wrong is in the outcome.
 */
export async function logIn(target: Target, means: Means, signal: AbortSignal): Promise<Outcome> {
  const seen: Seen = { tls: undefined, offersTls: undefined };
  const refusals: Refusal[] = [];
  let addresses: readonly LookupAddress[] = [];
  const outcome = (session: Session | undefined): Outcome => ({ session, refusals, addresses, ...seen });
  const isHere = target.host.startsWith('/') || /^(?:localhost|127\..*|::1)$/.test(target.host);
  const { tunnel } = means;
  const ways: Way[] = [];
  if (tunnel === undefined || !isHere) {
    try {
      addresses = await addressesFor(target);
      ways.push({ ...straight(target, addresses), ...(tunnel === undefined ? {} : { patience: straightPatience }) });
    } catch (error) {
      refusals.push(refusalOf('name', target.host, error));
    }
  }
  if (tunnel !== undefined) {
    // What listens on the loopback alone is reached there only.
    const hosts = isHere ? ['localhost'] : [target.address ?? target.host, 'localhost'];
    ways.push(...hosts.map((host) => ({ ...through(tunnel, host, target.port), patience: tunnelPatience })));
  }
  for (const way of ways) {
    try {
      return outcome(await onWay(way, target, means, { signal, seen, refusals }));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      // Whoever answered was the server: another way leads to no other answer.
      if (error.refusal.phase !== 'connect' || signal.aborted) return outcome(undefined);
    }
  }
  return outcome(undefined);
}

type Seen = { tls: TlsFacts | undefined; offersTls: boolean | undefined };
type Run = { signal: AbortSignal; seen: Seen; refusals: Refusal[] };
type Transport = 'no' | 'if-offered' | 'yes';
type Attempt = { tls: Transport; options: boolean; password: string | undefined };

const firstTransport: Readonly<Record<SslMode, Transport>> = {
  disable: 'no',
  allow: 'no',
  prefer: 'if-offered',
  require: 'yes',
  'verify-ca': 'yes',
  'verify-full': 'yes',
};

/** As libpq: `prefer` and `allow` try the other transport once where the first is turned away. */
async function onWay(way: Way, target: Target, means: Means, run: Run): Promise<Session> {
  // There is no TLS on a Unix socket.
  const first = target.host.startsWith('/') && means.tunnel === undefined ? 'no' : firstTransport[target.sslMode];
  let attempt: Attempt = { tls: first, options: true, password: undefined };
  const transports = new Set<Transport>([first]);
  for (;;) {
    try {
      return await attempted(way, target, means.material, attempt, run);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      run.refusals.push(error.refusal);
      const next =
        nextAttempt(error, attempt, target, transports) ??
        (await withPassword(error, attempt, target, means, run.signal));
      if (next === undefined || run.signal.aborted) throw error;
      attempt = next;
    }
  }
}

function nextAttempt(
  { refusal }: Refused,
  attempt: Attempt,
  target: Target,
  transports: Set<Transport>,
): Attempt | undefined {
  if (attempt.options && isAboutOptions(refusal)) return { ...attempt, options: false };
  const turnedAway = refusal.phase === 'tls' || (refusal.phase === 'login' && refusal.code === '28000');
  if (!turnedAway) return undefined;
  const other =
    target.sslMode === 'prefer' && refusal.encrypted ? 'no' : target.sslMode === 'allow' ? 'yes' : undefined;
  if (other === undefined || transports.has(other)) return undefined;
  transports.add(other);
  return { ...attempt, tls: other };
}

/** PgBouncer, RDS Proxy and their like; or a server that knows not all of the settings. */
function isAboutOptions({ phase, code, message }: Refusal): boolean {
  if (phase !== 'login') return false;
  return code === '42704' || (/^(?:08P01|0A000)$/.test(code ?? '') && /option|startup parameter/i.test(message));
}

async function withPassword(
  error: Refused,
  attempt: Attempt,
  target: Target,
  { ask }: Means,
  signal: AbortSignal,
): Promise<Attempt | undefined> {
  if (!(error.cause instanceof NoPassword)) return undefined;
  const password = await ask?.(`Password of ${target.user} on ${target.host}:${target.port}: `, signal);
  return password === undefined || password === '' ? undefined : { ...attempt, password };
}

async function attempted(
  way: Way,
  target: Target,
  material: TlsMaterial,
  attempt: Attempt,
  { signal, seen }: Run,
): Promise<Session> {
  let patience = way.patience ?? target.connectTimeout;
  let { signal: limit, end } = within(signal, patience);
  let phase: Phase = 'connect';
  let encrypted = false;
  let stream: Duplex | undefined;
  try {
    const opening = way.open(limit);
    // Loaded while the network is on its way.
    const driver = import('pg');
    stream = await opening;
    end();
    patience = target.connectTimeout;
    ({ signal: limit, end } = within(signal, patience));
    if (attempt.tls !== 'no') {
      phase = 'tls';
      seen.offersTls = await asksForTls(stream, limit);
      if (seen.offersTls) {
        encrypted = true;
        const { socket, facts, refused } = await secured(stream, target, material, limit);
        stream = socket;
        seen.tls = facts;
        if (refused !== undefined) throw new Error(refused);
      } else if (attempt.tls === 'yes') throw new Error('the server does not support TLS');
    }
    phase = 'login';
    const client = clientOn((await driver).default.Client, stream, target, attempt);
    await connectedAs(client, stream, limit);
    return sessionOf(client, way, { encrypted, pooled: !attempt.options }, signal);
  } catch (error) {
    stream?.destroy();
    const reason = limit.aborted && !signal.aborted ? new Error(`no answer within ${patience / 1000} s`) : error;
    throw new Refused({ ...refusalOf(phase, way.name, signal.aborted ? abortedBy(signal) : reason), encrypted }, error);
  } finally {
    end();
  }
}

function clientOn(Client: typeof pg.Client, stream: Duplex, target: Target, attempt: Attempt): pg.Client {
  // pg takes from the environment what it is not told: neither may change what this session is.
  for (const name of ['PGOPTIONS', 'PGREPLICATION', 'PGBINARY']) delete process.env[name];
  return new Client({
    host: target.host,
    port: target.port,
    user: target.user,
    database: target.database,
    application_name: 'dms-doctor',
    ...(attempt.options ? { options: sessionOptions } : {}),
    password: () => (attempt.password === undefined ? passwordFor(target) : Promise.resolve(attempt.password)),
    ssl: false,
    stream: () => stream,
  });
}

function refusalOf(phase: Phase, way: string, error: unknown): Refusal {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : undefined;
  const message = (
    error instanceof AggregateError ? String(error.errors[0]) : error instanceof Error ? error.message : String(error)
  )
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .slice(0, 300);
  return { phase, way, code, message, encrypted: false };
}
