/** How far DMS's own test came by what the server and the kernel wrote down meanwhile. */
import { isAddress } from '../address.ts';
import { isItem } from '../evidence/item.ts';
import { clearedBy } from '../errors/cleared.ts';
import type { Explanation, Reached } from '../errors/cause.ts';
import { explainText } from '../errors/explainer.ts';
import type { EvidenceLine } from '../finding.ts';
import type { Layer } from '../layers.ts';
import { inPathOrder, isLayer } from '../layers.ts';
import type { Reader } from './probe.ts';

/** The logs as they were before DMS's test and after it. */
export const attemptLogs = [
  'postgres/log.txt',
  'postgres/after-test/log.txt',
  'host/kernel-log.txt',
  'host/after-test/kernel-log.txt',
] as const;

type LogReader = Reader<never, (typeof attemptLogs)[number]>;

/** One place where DMS's attempt was seen. */
export type Sighting = {
  /** Where that was, and by what it shows: a clause. */
  readonly what: string;
  /** What it had come to. */
  readonly layer: Layer;
  /** What it had got through by then. */
  readonly passed: readonly Layer[];
  /** Whether it can be nobody else's than the replication instance's. */
  readonly certain: boolean;
  readonly evidence: EvidenceLine;
  /** What `explain` says of the line, where it is an error. */
  readonly explanation?: Explanation;
};

/** The furthest of several; of two that came as far, the one that is certain, and then the later one. */
export function furthest(sightings: readonly Sighting[]): Sighting | undefined {
  return sightings
    .toSorted((a, b) => a.passed.length - b.passed.length || Number(a.certain) - Number(b.certain))
    .at(-1);
}

/** Where the lines that PostgreSQL's log gained during the test show the attempt (log_connections; errors are always there). */
export function seenByServer(e: LogReader): Sighting[] {
  const lines = gained(e, 'postgres/log.txt', 'postgres/after-test/log.txt');
  const addresses = e.flow.from.filter(isAddress);
  const ours = (text: string) => addresses.some((address) => names(text, address));
  // A backend's lines bear its process: one of them that names the address speaks for the others. What stands there may be
  // another number: then lines that name somebody else bear it, too.
  const processes = new Set(lines.filter(({ text }) => ours(text)).flatMap(({ text }) => processOf(text) ?? []));
  for (const { text } of lines) if (namesClient(text) && !ours(text)) processes.delete(processOf(text) ?? '');
  return lines.flatMap(({ text, line }) => {
    const certain = ours(text) || processes.has(processOf(text) ?? '');
    const { user } = e.flow;
    if (!certain && (user === undefined || !names(text, user) || namesClient(text))) return [];
    const shown = text.replace(/^.*?(?=(?:LOG|FATAL|ERROR|DETAIL):)/, '').slice(0, 200);
    const evidence = e.quote('postgres/after-test/log.txt', line);
    return [{ what: `PostgreSQL’s log has “${shown}”`, certain, evidence, ...readLine(text) }];
  });
}

/** Lines of the kernel's log that name the address: a LOG rule of the host's firewall saw a packet. */
export function seenByKernel(e: LogReader): Sighting[] {
  const addresses = e.flow.from.filter(isAddress);
  const port = e.flow.port === undefined ? '' : `DPT=${e.flow.port}`;
  return gained(e, 'host/kernel-log.txt', 'host/after-test/kernel-log.txt')
    .filter(({ text }) => addresses.some((address) => text.includes(`SRC=${address} `)) && text.includes(port))
    .map(({ line }) => ({
      what: 'a rule of the host’s firewall logged its packet',
      layer: 'iptables',
      passed: clearedBy('host', []).filter(isLayer),
      certain: true,
      evidence: e.quote('host/after-test/kernel-log.txt', line),
    }));
}

/** Lines that a log did not have before; none where it was not had both times. Lines count from 1. */
function gained(
  e: LogReader,
  before: (typeof attemptLogs)[number],
  after: (typeof attemptLogs)[number],
): { readonly text: string; readonly line: number }[] {
  const [old, now] = [e.entry(before), e.entry(after)];
  if (!isItem(old) || !isItem(now)) return [];
  const known = new Map<string, number>();
  for (const text of old.text.split('\n')) known.set(text, (known.get(text) ?? 0) + 1);
  return now.text.split('\n').flatMap((text, index) => {
    const left = known.get(text) ?? 0;
    known.set(text, left - 1);
    return left > 0 || text.trim() === '' ? [] : [{ text, line: index + 1 }];
  });
}

/** Whether a text has this word, and not as a part of a longer name or address. */
function names(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    const around = `${text[at - 1] ?? ' '}${text[at + word.length] ?? ' '}`;
    if (!/[\w.:-]/.test(around.replace(/:$/, ''))) return true;
  }
  return false;
}

/** Whether a line says which host its client is on: where that is not ours, it is somebody else. */
function namesClient(text: string): boolean {
  return /\bhost(?:=| ")[0-9a-fA-F]{1,4}[.:]/.test(text);
}

/** The process that wrote a line, as `log_line_prefix` shows it in brackets by default. */
function processOf(text: string): string | undefined {
  return /\[(\d{1,10})\]/.exec(text)?.[1];
}

/** What the server says of connections that go well (postmaster.c, miscinit.c), and how far they are then. */
const milestones: readonly (readonly [RegExp, Reached, Layer])[] = [
  [/disconnection: session time/, 'session', 'database'],
  [/connection (?:authorized|authenticated)|replication connection authorized/, 'authenticated', 'login'],
];

function readLine(text: string): Pick<Sighting, 'layer' | 'passed' | 'explanation'> {
  const passed = (reached: Reached) => clearedBy(reached, []).filter(isLayer);
  const milestone = milestones.find(([pattern]) => pattern.test(text));
  if (milestone !== undefined) return { layer: milestone[2], passed: passed(milestone[1]) };
  const [explanation] = /FATAL|ERROR|could not accept SSL/.test(text) ? explainText(text) : [];
  // Of several that the words may mean, the one behind the others is where they are said.
  const layer = inPathOrder(explanation?.layers.filter(isLayer) ?? []).at(-1);
  // Whatever a backend writes, a connection had come as far as the listener.
  if (explanation === undefined || layer === undefined) return { layer: 'listener', passed: passed('listener') };
  return { layer, passed: [...new Set([...passed('listener'), ...explanation.cleared.filter(isLayer)])], explanation };
}
