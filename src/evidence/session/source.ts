import type { Flow } from '../../flow.ts';
import { emptyFlow } from '../../flow.ts';
import type { Bundle } from '../bundle.ts';
import { absenceFrom } from '../absence.ts';
import type { Absence, Item } from '../item.ts';
import type { DatabaseItem } from '../postgres.ts';
import { databaseItems, gatherPostgres } from '../postgres.ts';
import type { Source } from '../source.ts';
import { absenceReasonOf } from '../source.ts';
import type { Tunnel } from '../tunnel.ts';
import type { Outcome, Refusal } from './connect.ts';
import { logIn } from './connect.ts';
import type { Ask } from './password.ts';
import { rightsNote } from './rights.ts';
import type { Target } from './target.ts';
import type { TlsMaterial } from './tls.ts';

/** What the source needs of its surroundings. */
export type SessionMeans = {
  readonly material: TlsMaterial;
  /** Why this target is asked, in the words of a note; undefined where the command line says it. */
  readonly because: string | undefined;
  /** The role that DMS logs in as; the session's own where that is not known. */
  readonly dmsRole: () => Promise<string | undefined>;
  /** The way through the source host, where there is one. */
  readonly tunnel: Tunnel | undefined;
  /** Asks for a password; undefined where nobody can be asked. */
  readonly ask: Ask | undefined;
  /** What an error means, in a sentence; undefined where it is not known. */
  readonly explain: (text: string) => Promise<string | undefined>;
  /** The clock, ISO 8601. */
  readonly now: () => string;
};

/** A SQL session on the source database as a source of evidence. */
export function sessionSource(target: Target, means: SessionMeans): Source {
  return {
    name: `PostgreSQL at ${target.host}:${target.port}`,
    gather: async (signal) => {
      const outcome = await logIn(target, means, signal);
      const { session } = outcome;
      const items = new Map<string, Item | Absence>();
      const notes =
        means.because === undefined ? [] : [`${means.because}: a SQL session at ${target.host}:${target.port}.`];
      for (const item of seenHere(target, outcome, means.now())) items.set(item.name, item);
      const put = ([name, found]: [string, DatabaseItem]) =>
        items.set(
          name,
          'error' in found
            ? absenceFrom(`${name}.error`, found.error)
            : { name, text: found.text, vantage: 'database', at: found.at },
        );
      if (session === undefined) {
        const { why, detail } = await whyNot(outcome, target, signal, means.explain);
        for (const name of databaseItems) items.set(name, { name: `${name}.error`, why, detail });
        return bundleOf(items, notes);
      }
      try {
        const found = await gatherPostgres(session.query, means.now, (await means.dmsRole()) ?? target.user);
        for (const entry of found) put(entry);
      } finally {
        await session.close();
      }
      if (session.pooled)
        notes.push(
          `What answers at ${session.way} refuses the settings of a session: a pooler or proxy, it seems. DMS needs the server itself.`,
        );
      notes.push(...rightsNote(items.get('postgres/server.json')));
      return bundleOf(items, notes);
    },
  };
}

function bundleOf(items: Bundle['items'], notes: string[]): Bundle {
  return { items, flow: emptyFlow satisfies Flow, collectedAt: undefined, notes };
}

/** Why there was no session. What is said of it is said as seen from here: DMS stands elsewhere. */
async function whyNot(
  { refusals }: Outcome,
  target: Target,
  signal: AbortSignal,
  explain: SessionMeans['explain'],
): Promise<Pick<Absence, 'why' | 'detail'>> {
  const last = refusals.at(-1);
  if (signal.aborted || last === undefined)
    return { why: absenceReasonOf(signal), detail: `gathering ended before PostgreSQL at ${target.host} had answered` };
  const cause =
    last.phase === 'login' && last.code !== undefined ? await explain(`FATAL:  ${last.message}`) : undefined;
  const why = last.phase === 'login' && /^(?:28|42501)/.test(last.code ?? '') ? 'denied' : 'not-gathered';
  const tried = refusals.map((refusal) => `${doing[refusal.phase]} ${refusal.way}: ${messageOf(refusal)}`);
  return {
    why,
    detail: `seen from here, as ${target.user}: ${[...new Set(tried)].join('; ')}${cause === undefined ? '' : ` (${cause})`}`,
  };
}

const doing = { name: 'looking up', connect: 'connecting to', tls: 'TLS with', login: 'logging in at' } as const;

function messageOf({ message, code }: Refusal): string {
  return code !== undefined && !message.includes(code) ? `${message} (${code})` : message;
}

/** What this machine saw of the server's name, its certificate and its answer. */
function seenHere(target: Target, outcome: Outcome, at: string): Item[] {
  const here = (name: string, value: unknown): Item => ({
    name,
    text: `${JSON.stringify(value, null, 1)}\n`,
    vantage: 'here',
    at,
  });
  const { host, port } = target;
  return [
    ...(outcome.offersTls === undefined
      ? []
      : [here('here/tls.json', { host, port, offered: outcome.offersTls, ...outcome.tls })]),
    here('here/session.json', {
      host,
      port,
      user: target.user,
      database: target.database,
      addresses: outcome.addresses.map(({ address }) => address),
      way: outcome.session?.way ?? null,
      encrypted: outcome.session?.encrypted ?? null,
      refusals: outcome.refusals,
    }),
  ];
}
