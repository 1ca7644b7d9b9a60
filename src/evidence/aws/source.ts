import { Resolver } from 'node:dns/promises';
import type { Flow } from '../../flow.ts';
import { emptyFlow, migrationTypes } from '../../flow.ts';
import type { Gathered } from '../aws.ts';
import { gatherAccounts } from '../aws.ts';
import { absenceFrom } from '../absence.ts';
import { afterTest, without } from '../after-test.ts';
import { completeFlow } from '../derive-flow.ts';
import type { Bundle } from '../bundle.ts';
import type { Absence, Item } from '../item.ts';
import type { Source } from '../source.ts';
import { SourceError } from '../source.ts';
import type { AwsItem } from './ask.ts';
import { readDms } from './documents.ts';
import { testConnection, testItem } from './test-connection.ts';
import type { Caller } from './ports.ts';
import { awsPorts, regionOf } from './ports.ts';
import type { AwsConnection, AwsRequest } from './select.ts';

/** What a user asks of AWS. */
export type AwsAsked = {
  readonly request: AwsRequest;
  readonly region: string | undefined;
  /** One account each; empty for the default credential chain. */
  readonly profiles: readonly string[];
  /** Whether DMS is told to test the connection. */
  readonly test: boolean;
  /** The source host, which is looked at before and after that test, where it is at hand. */
  readonly host: WatchedHost | undefined;
  /** Nothing else gives evidence: without credentials there is nothing to judge. */
  readonly alone: boolean;
  /** Told what DMS defines of the connection as soon as that is known, or that it will not be. */
  readonly defined?: (flow: Flow | undefined) => void;
};

/** A host that is looked at on both sides of DMS's test. */
export type WatchedHost = {
  readonly name: string;
  /** Resolves when the first look has ended, however it did; with false where that takes too long to wait for. */
  readonly first: Promise<boolean>;
  readonly lookAgain: NonNullable<Source['lookAgain']>;
};

/** Several connections fit, and the user must say which one is meant. */
export class ChoiceError extends SourceError {
  readonly choices: readonly AwsConnection[];
  constructor(choices: readonly AwsConnection[]) {
    super('several connections fit');
    this.choices = choices;
  }
}

/** AWS had no credentials or no Region to be asked with, and nothing else was given to judge. */
export class NoCredentials extends SourceError {}

/** AWS as a source, through the SDK's own clients. */
export function awsSource({ request, region, profiles, test, host, alone, defined }: AwsAsked): Source {
  const names = profiles.length === 0 ? [undefined] : profiles;
  return {
    name: test ? 'AWS, and DMS’s own connection test' : 'AWS',
    gather: async (signal) => {
      const known =
        region ?? regionOf(request.endpoint, request.replicationInstance, request.task, request.replicationConfig);
      const resolver = new Resolver({ timeout: 2000, tries: 2 });
      const accounts = names.map((profile) => awsPorts({ region: known, profile, signal }));
      try {
        const now = () => new Date().toISOString();
        const [gathered, callers] = await Promise.all([
          gatherAccounts(
            request,
            accounts.map(({ dms, ec2 }) => ({ dms, ec2, now, signal, resolve: (name) => lookUp(resolver, name) })),
            (found) => defined?.(definedFlow(found)),
          ),
          Promise.all(accounts.map(({ caller }) => caller())),
        ]);
        // Whoever waits for it may be waited for below.
        defined?.(undefined);
        if (gathered.choices !== undefined) throw new ChoiceError(gathered.choices);
        if (gathered.problem !== undefined && !signal.aborted) {
          if (gathered.noCredentials !== true) throw new SourceError(gathered.problem);
          if (alone) throw new NoCredentials(gathered.problem);
        }
        const bundle = bundleOf(gathered, callers, names, request, now());
        const home = accounts[gathered.home ?? 0];
        return test && home !== undefined
          ? await tested(bundle, gathered, host, { dms: home.dms, now, signal })
          : bundle;
      } finally {
        resolver.cancel();
        for (const { close } of accounts) close();
      }
    },
  };
}

/** Adds what DMS's own test says now, or why it says nothing. */
async function tested(
  bundle: Bundle,
  gathered: Gathered,
  host: WatchedHost | undefined,
  ports: Parameters<typeof testConnection>[1],
): Promise<Bundle> {
  const { endpoints, instances } = readDms(gathered.items);
  const [one] = gathered.connections;
  const endpoint = endpoints?.find((each) => each.EndpointIdentifier === one?.endpoint)?.EndpointArn;
  const instance = instances?.find(
    (each) => each.ReplicationInstanceIdentifier === one?.replicationInstance,
  )?.ReplicationInstanceArn;
  const pair = endpoint === undefined || instance === undefined ? undefined : { endpoint, instance };
  // What the host counted before is only known once it has been looked at.
  const isBefore = pair === undefined ? undefined : await host?.first;
  const item: AwsItem =
    pair === undefined
      ? { error: `not-gathered: ${whyNoTest(one)}`, at: ports.now() }
      : await testConnection(pair, ports);
  const entry = entryOf(testItem, item);
  const after = host === undefined || 'why' in entry ? undefined : await lookedAgain(host, isBefore, ports.signal);
  for (const [name, each] of after?.items ?? []) bundle.items.set(name, each);
  bundle.items.set(testItem, entry);
  const missing = 'why' in entry ? [`DMS’s own connection test was asked for, and not had: ${entry.detail}`] : [];
  return { ...bundle, collectedAt: ports.now(), notes: [...bundle.notes, ...missing, ...(after?.notes ?? [])] };
}

async function lookedAgain({ name, lookAgain }: WatchedHost, isBefore: boolean | undefined, signal: AbortSignal) {
  if (isBefore !== true) return without(name, 'its first look had not ended when the test began');
  try {
    return afterTest(await lookAgain(signal), name);
  } catch (error) {
    return without(name, error instanceof Error ? error.message : String(error));
  }
}

function whyNoTest(one: AwsConnection | undefined): string {
  return one?.replicationConfig === undefined
    ? 'the endpoint or the replication instance is not known'
    : 'a serverless replication has no connection test; DMS tests when it starts';
}

/** What this machine's resolver says of a name, of both families. */
async function lookUp(resolver: Resolver, name: string): Promise<readonly string[]> {
  const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
}

function bundleOf(
  gathered: Gathered,
  callers: readonly Caller[],
  profiles: readonly (string | undefined)[],
  request: AwsRequest,
  at: string,
): Bundle {
  const items = new Map<string, Item | Absence>();
  for (const [name, item] of gathered.items) items.set(name, entryOf(name, item));
  for (const [index, network] of gathered.networks ?? []) {
    const { account = `profile-${(profiles[index] ?? '').replaceAll(/[^\w.-]/g, '_')}`, region = 'unknown' } =
      callers[index] ?? {};
    for (const [name, item] of network) {
      const kept = name.replace(/^aws\//, `aws/${account}/${region}/`);
      items.set(kept, entryOf(kept, item));
    }
  }
  const notes = callers.flatMap(({ arn, region }, index) =>
    arn === undefined
      ? []
      : [
          `AWS was asked as ${arn}${region === undefined ? '' : `, Region ${region}`}${profiles[index] === undefined ? '' : ` (profile ${profiles[index]})`}.`,
        ],
  );
  return { items, flow: flowOf(gathered, request), collectedAt: at, notes };
}

function entryOf(name: string, item: AwsItem): Item | Absence {
  if ('error' in item) return absenceFrom(`${name}.error`, item.error);
  return {
    name,
    text: item.text,
    vantage: name.startsWith('here/') ? 'here' : name.startsWith('dms/') ? 'dms' : 'configuration',
    at: item.at,
  };
}

/** What follows from DMS's definitions alone. */
function definedFlow({ items, connections: [one] }: Pick<Gathered, 'items' | 'connections'>): Flow {
  const entries = [...items].map(([name, item]) => [name, entryOf(name, item)] as const);
  return completeFlow({ ...emptyFlow, endpoint: one?.endpoint }, new Map(entries)).flow;
}

/** The connection that was found; what follows from its definitions is derived where all evidence is at hand. */
function flowOf({ connections, items }: Gathered, request: AwsRequest): Flow {
  const [one] = connections;
  if (one === undefined || request.all === true) return emptyFlow;
  const task = readDms(items).tasks?.find(
    ({ ReplicationTaskIdentifier: id, ReplicationTaskArn: arn }) =>
      request.task !== undefined && (id === request.task || arn === request.task),
  );
  return {
    ...emptyFlow,
    endpoint: one.endpoint,
    replicationInstance: one.replicationInstance,
    replicationConfig: one.replicationConfig,
    migrationType: migrationTypes.find((type) => type === task?.MigrationType),
  };
}
