import type { Call } from './calls.ts';
import type { Refusal } from './reason.ts';
import { refusalOf } from './reason.ts';
import { textWithoutSecrets } from './secrets.ts';

/** What an operation is asked. */
export type Input = Readonly<Record<string, unknown>>;

/** Sends one operation and returns its answer, as the SDK's clients do; retries and time limits are its own. */
export type Send = (operation: string, input: Input) => Promise<unknown>;

/** What gathering needs of the world. */
export type AwsPorts = {
  readonly dms: Send;
  readonly ec2: Send;
  /** The time, ISO 8601. */
  readonly now: () => string;
  /** Ends everything that is still under way; what was not answered by then is `timed-out` or interrupted. */
  readonly signal?: AbortSignal;
  /** The addresses that a name has as seen from here, to find its interface by; none where that is not known. */
  readonly resolve?: (name: string) => Promise<readonly string[]>;
};

/** The ports while they are asked: `stopped` rejects when the signal comes. */
export type Asking = Omit<AwsPorts, 'signal'> & { readonly stopped?: Promise<never> };

/** Turns the signal into one promise for all calls; many listeners on one signal would make Node warn of a leak. */
export function asking({ signal, ...ports }: AwsPorts): Asking {
  if (signal === undefined) return ports;
  const stopped = new Promise<never>((_, reject) => {
    const stop = () => reject(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  // Nobody may be waiting when it comes.
  stopped.catch(() => undefined);
  return { ...ports, stopped };
}

/** An answer as it enters the bundle, or why there is none, and when (ISO 8601). */
export type AwsItem = { readonly text: string; readonly at: string } | { readonly error: string; readonly at: string };

/** A list with all its pages, or why there is none. */
export type Answer =
  | { readonly list: readonly unknown[]; readonly item: AwsItem }
  | { readonly refusal: Refusal; readonly item: AwsItem };

/** A service that never stops handing out pages is given up on. */
const mostPages = 2000;

/**
 * Asks an operation and reads every page. A list that is not whole is no list: a page that is refused refuses all.
 *
 * @param inputs what to ask; several where a filter had to be split, and their lists are put together
 * @param same tells entries that several inputs bring in twice
 */
export async function ask(
  ports: Asking,
  call: Call,
  inputs: readonly Input[],
  same?: (entry: unknown) => unknown,
): Promise<Answer> {
  const parts = await Promise.all(inputs.map((input) => pages(ports, call, input)));
  const at = ports.now();
  const refused = parts.find((part) => 'refusal' in part);
  if (refused !== undefined) return { refusal: refused.refusal, item: { error: refused.refusal.error, at } };
  const whole = parts.flatMap((part) => ('list' in part ? part.list : []));
  const list = same === undefined ? whole : [...new Map(whole.map((entry) => [same(entry), entry])).values()];
  const cut = parts.some((part) => 'cut' in part && part.cut);
  const document = {
    [call.member]: list,
    ...(call.operation === 'SearchTransitGatewayRoutes' ? { AdditionalRoutesAvailable: cut } : {}),
  };
  try {
    return { list, item: { text: textWithoutSecrets(document), at } };
  } catch (error) {
    // Too long for one text, or nothing that JSON can hold.
    const refusal = refusalOf(call, error);
    return { refusal, item: { error: refusal.error, at } };
  }
}

type Pages = { list: unknown[]; cut: boolean } | { refusal: Refusal };

/** DMS pages by `Marker` and `MaxRecords`, EC2 by `NextToken` and `MaxResults`. */
async function pages(ports: Asking, call: Call, input: Input): Promise<Pages> {
  const [token, size] = call.service === 'dms' ? ['Marker', 'MaxRecords'] : ['NextToken', 'MaxResults'];
  const list: unknown[] = [];
  const seen = new Set<unknown>();
  let next: unknown;
  for (let page = 1; page <= mostPages; page += 1) {
    const sized = call.page === undefined ? input : { ...input, [size]: call.page };
    try {
      // One page after the other: each holds the token of the next.
      const asked = ports[call.service](call.operation, next === undefined ? sized : { ...sized, [token]: next });
      const answer = record(await (ports.stopped === undefined ? asked : Promise.race([asked, ports.stopped])));
      const entries = answer[call.member];
      if (!Array.isArray(entries))
        return { refusal: refusalOf(call, `the answer holds no ${call.member}: empty, cut, or not from AWS`, page) };
      for (const entry of entries as unknown[]) list.push(entry);
      next = answer[token];
      if (typeof next !== 'string' || next === '') return { list, cut: answer['AdditionalRoutesAvailable'] === true };
    } catch (error) {
      return { refusal: refusalOf(call, error, page) };
    }
    if (seen.has(next)) return { refusal: refusalOf(call, 'it gave out the same page again and again', page) };
    seen.add(next);
  }
  return { refusal: refusalOf(call, `it has more than ${mostPages} pages`, mostPages) };
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
