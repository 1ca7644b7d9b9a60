import { setTimeout as wait } from 'node:timers/promises';
import type { Bundle } from '../evidence/bundle.ts';
import { deferred } from '../evidence/deferred.ts';
import { isItem } from '../evidence/item.ts';
import { namesServer } from '../evidence/session/environment.ts';
import type { WatchedHost } from '../evidence/aws/source.ts';
import type { ScriptRequest } from '../evidence/run-script.ts';
import type { Source } from '../evidence/source.ts';
import type { Terminal } from '../evidence/terminal.ts';
import type { Flow } from '../flow.ts';
import { overlay } from '../flow.ts';
import { packageFile } from './version.ts';

/** Where a user lets `check` look live. */
export type LiveOptions = {
  /** This very host is the source host. */
  readonly local: boolean;
  /** `[user@]host[:port]` of the source host, as written. */
  readonly ssh: string | undefined;
  /** Ask on the terminal for the password that sudo wants there. */
  readonly askSudoPassword: boolean;
  /** The connection URL of the SQL session; undefined where only the environment may name a server. */
  readonly pgUrl: string | undefined;
  readonly aws: AwsOptions;
};

/** How AWS is asked, and for what beside the flow's endpoint and instance. */
export type AwsOptions = {
  readonly region: string | undefined;
  readonly profiles: readonly string[];
  readonly task: string | undefined;
  readonly replicationConfig: string | undefined;
  /** Every source connection of the Region. */
  readonly all: boolean;
  /** DMS tests the connection: the one thing that acts. */
  readonly testConnection: boolean;
};

/** Options that ask AWS for nothing. */
const noAws: AwsOptions = {
  region: undefined,
  profiles: [],
  task: undefined,
  replicationConfig: undefined,
  all: false,
  testConnection: false,
};

/** Milliseconds that the others may take to begin. */
const longestWait = 250;

/** Milliseconds that DMS's own test waits for the first look at the host. */
const longestFirstLook = 60_000;

/** Nothing live at all. */
export const nothingLive: LiveOptions = {
  local: false,
  ssh: undefined,
  askSudoPassword: false,
  pgUrl: undefined,
  aws: noAws,
};

/** Whether a host is looked at. */
export function asksHost({ local, ssh }: LiveOptions): boolean {
  return local || ssh !== undefined;
}

/** What a run has to look at, when it is known which live sources are asked. */
type Given = { readonly live: LiveOptions; readonly flow: Flow; readonly bundles: readonly Bundle[] };

/**
 * Whether the database is asked: where a URL is given, or the environment names a server. Recorded evidence that is given
 * alone is judged alone, whatever the environment says.
 */
export function asksDatabase({
  live,
  bundles,
}: Pick<Given, 'live'> & { readonly bundles: readonly unknown[] }): boolean {
  return live.pgUrl !== undefined || (namesServer(process.env) && (asksHost(live) || bundles.length === 0));
}

/** Whether the user names anything but AWS to look at. */
export function looksElsewhere({
  live,
  bundles,
}: Pick<Given, 'live'> & { readonly bundles: readonly unknown[] }): boolean {
  return bundles.length > 0 || asksHost(live) || asksDatabase({ live, bundles });
}

/**
 * Whether AWS is asked: where an option of AWS is given; where an endpoint or instance is named that no recorded answer of
 * DMS is about; and where nothing at all is given.
 */
export function asksAws({ live, flow, bundles }: Given): boolean {
  const { region, profiles, task, replicationConfig, all, testConnection } = live.aws;
  if (testConnection) return true;
  if ([region, task, replicationConfig].some((one) => one !== undefined) || profiles.length > 0) return true;
  if (bundles.some(({ items }) => isItem(items.get('aws/describe-endpoints.json')))) return false;
  const named = flow.endpoint !== undefined || flow.replicationInstance !== undefined;
  const connected = flow.host !== undefined || flow.from.length > 0;
  return named || all || (!connected && !looksElsewhere({ live, bundles }));
}

/**
 * The live sources that the options name, the one whose items count first; their modules are loaded only here.
 *
 * @param known the connection as far as the recorded evidence tells it, too
 * @param terminal a person to ask, where there is one
 */
export async function liveSources(
  given: Given & { readonly known: Flow },
  terminal: Terminal | undefined,
): Promise<Source[]> {
  const { live, flow, known } = given;
  const sources: Source[] = [];
  // Which database and whose privileges are meant, and what the logs are searched for, may be what only DMS can say.
  const meant = deferred<Flow>();
  const defined = (one: Flow | undefined) => meant.resolve(one === undefined ? known : overlay(known, one));
  if (!asksAws(given)) defined(undefined);
  const host = await hostSource(given, meant.promise, terminal);
  if (asksDatabase(given)) {
    const { databaseSource } = await import('./database.ts');
    const role = async () => known.user ?? (await meant.promise).user;
    sources.push(await databaseSource(live.pgUrl, known, role, terminal, host?.tunnel));
  }
  const watched = host === undefined || !live.aws.testConnection ? undefined : watchedHost(host);
  if (host !== undefined) sources.push(watched?.source ?? host);
  if (asksAws(given)) {
    const { region, profiles, task, replicationConfig, all } = live.aws;
    const { endpoint, replicationInstance, from, host: address } = flow;
    const named = { endpoint, replicationInstance, task, replicationConfig };
    const request = {
      ...(Object.fromEntries(Object.entries(named).filter(([, name]) => name !== undefined)) as Partial<
        Record<keyof typeof named, string>
      >),
      ...(region === undefined ? {} : { region }),
      all,
      addresses: [...from.filter((one) => !one.includes('/')), ...(address === undefined ? [] : [address])],
    };
    const test = live.aws.testConnection;
    const alone = !looksElsewhere(given);
    sources.push({
      name: test ? 'AWS, and DMS’s own connection test' : 'AWS',
      gather: async (signal) => {
        // The SDK is large: it is loaded when the others have begun.
        await Promise.race([host?.begun, wait(longestWait, undefined, { ref: false })]);
        const { awsSource } = await import('../evidence/aws/source.ts');
        try {
          return await awsSource({ request, region, profiles, test, host: watched?.host, alone, defined }).gather(
            signal,
          );
        } finally {
          defined(undefined);
        }
      },
    });
  }
  return sources;
}

/** A host source that says when its first look has ended, for DMS's own test to wait for it. */
function watchedHost(source: Source): { readonly source: Source; readonly host: WatchedHost | undefined } {
  const { name, lookAgain } = source;
  if (lookAgain === undefined) return { source, host: undefined };
  const first = deferred<boolean>();
  const gather = async (signal: AbortSignal) => {
    const timer = setTimeout(() => first.resolve(false), longestFirstLook);
    try {
      return await source.gather(signal);
    } finally {
      clearTimeout(timer);
      first.resolve(true);
    }
  };
  return { source: { ...source, gather }, host: { name, first: first.promise, lookAgain } };
}

/** The source host, where one is named. @throws SourceError where it is named wrongly */
async function hostSource(
  given: Given,
  meant: Promise<Flow>,
  terminal: Terminal | undefined,
): Promise<Source | undefined> {
  const { live } = given;
  if (!asksHost(live)) return undefined;
  const script = await packageFile('dist/host-facts.sh');
  const request = async (): Promise<ScriptRequest> => {
    const { port, from: addresses, database, user } = await meant;
    return { port, addresses, database, user, psql: !asksDatabase(given), askSudoPassword: live.askSudoPassword };
  };
  if (live.ssh === undefined) return (await import('../evidence/local.ts')).localSource(script, request, terminal);
  const [{ sshSource }, { readDestination }] = await Promise.all([
    import('../evidence/ssh/source.ts'),
    import('../evidence/ssh/destination.ts'),
  ]);
  return sshSource(script, request, readDestination(live.ssh), terminal);
}
