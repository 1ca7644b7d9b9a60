import { check } from '../../../src/check.ts';
import type { AwsItem, AwsPorts, Gathered } from '../../../src/evidence/aws.ts';
import type { Flow } from '../../../src/flow.ts';
import { pageOf } from '../../support/aws-server-documents.ts';
import type { Documents } from '../../support/aws-server-documents.ts';
import { evidenceFrom } from '../../support/bundles.ts';
import type { Files } from '../../support/bundles.ts';

/** The time of every gathering in the tests: within a day of the fixtures. */
export const at = '2026-11-22T12:00:00.000Z';

/** One call that went through a port. */
export type Called = {
  service: 'dms' | 'ec2';
  operation: string;
  input: Readonly<Record<string, unknown>>;
  page: number;
};

/** Ports that answer from documents, without a wire. `fault` may throw in a call's place, or answer. */
export function portsFrom(
  documents: Documents,
  { pageSize = 1000, fault }: { pageSize?: number; fault?: (called: Called) => unknown } = {},
): AwsPorts & { called: Called[] } {
  const called: Called[] = [];
  const tokens = new Map<string, number>();
  const send = (service: Called['service']) => async (operation: string, input: Readonly<Record<string, unknown>>) => {
    const token = input[service === 'dms' ? 'Marker' : 'NextToken'];
    const page = typeof token === 'string' ? (tokens.get(`${operation} ${token}`) ?? 1) : 1;
    const one = { service, operation, input, page };
    called.push(one);
    const instead = await fault?.(one);
    if (instead !== undefined) return instead;
    const answer = pageOf(service, operation, input, documents, pageSize);
    if (answer === undefined)
      throw Object.assign(new Error(`cannot answer ${operation}`), { name: 'InvalidParameterValue' });
    const next = answer[service === 'dms' ? 'Marker' : 'NextToken'];
    if (typeof next === 'string') tokens.set(`${operation} ${next}`, page + 1);
    return answer;
  };
  return { dms: send('dms'), ec2: send('ec2'), now: () => at, called };
}

/** An error as the SDK throws it. */
export const refusal = (name: string, message = 'no') => Object.assign(new Error(message), { name });

/** The documents that were gathered, parsed; what could not be had is left out. */
export function gathered(items: ReadonlyMap<string, AwsItem>): Record<string, unknown> {
  return Object.fromEntries(
    [...items].flatMap(([name, item]) =>
      'text' in item ? [[name.slice('aws/'.length, -'.json'.length), JSON.parse(item.text) as unknown]] : [],
    ),
  );
}

/** The `.error` texts by item. */
export function errors(items: ReadonlyMap<string, AwsItem>): Record<string, string> {
  return Object.fromEntries([...items].flatMap(([name, item]) => ('error' in item ? [[name, item.error]] : [])));
}

const bytes = (text: string) => ({ at, bytes: Buffer.from(text) });

/** A recorded bundle with what was gathered in place of its own `aws/` folder, and a `bundle.json` that only dates it. */
export function withGathered(files: Files, items: ReadonlyMap<string, AwsItem>): Files {
  const changed = new Map([...files].filter(([name]) => !name.startsWith('aws/')));
  for (const [name, item] of items) {
    if ('text' in item) changed.set(name, bytes(item.text));
    else changed.set(`${name}.error`, bytes(`${item.error}\n`));
  }
  return dated(changed);
}

/** A recorded bundle whose `bundle.json` says nothing but when it was gathered: the flow then comes from DMS's definitions. */
export function dated(files: Files): Files {
  return new Map(files).set('bundle.json', bytes(JSON.stringify({ version: 1, collectedAt: at })));
}

/** The status of each layer that `check` finds, for the one connection that was gathered for. */
export function statuses(files: Files, { connections }: Pick<Gathered, 'connections'>): Record<string, string> {
  const [connection] = connections;
  const flow: Partial<Flow> = { endpoint: connection?.endpoint, replicationInstance: connection?.replicationInstance };
  return Object.fromEntries(check(evidenceFrom(files, flow)).layers.map(({ layer, status }) => [layer, status]));
}
