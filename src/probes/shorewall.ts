import { isItem } from '../evidence/item.ts';
import { quoteLine } from '../evidence/reader.ts';
import type { EvidenceLine } from '../finding.ts';
import type { Attempt, Decider } from '../netfilter/index.ts';
import type { FirewallReader } from './firewall-host.ts';

/** The words of each line of a shorewall file that is neither empty nor a comment nor a directive. */
function* entries(text: string): Generator<{ line: number; words: string[] }> {
  for (const [index, raw] of text.split('\n').entries()) {
    const words = raw.replace(/#.*/, '').trim().split(/\s+/).filter(Boolean);
    if (words.length > 0 && !words[0]?.startsWith('?')) yield { line: index + 1, words };
  }
}

/**
 * The zone that a connection comes from: by the chain's name (`net-fw`, `net2fw` before 4.6), else by the zone of the
 * interface in /etc/shorewall/interfaces, else `net`, which is what shorewall's examples call it.
 */
export function zoneOf(
  e: FirewallReader,
  decider: Pick<Decider, 'chain'>,
  attempt: Pick<Attempt, 'interface'>,
): string {
  const pair = /^([A-Za-z][A-Za-z0-9]*)(?:-|2)(?:fw|all|[A-Za-z][A-Za-z0-9]*)$/.exec(decider.chain);
  if (pair?.[1] !== undefined) return pair[1];
  const file = e.entry('host/shorewall/interfaces');
  const zones = isItem(file) ? [...entries(file.text)].filter(({ words }) => words[0] !== '-') : [];
  const own = zones.find(({ words }) => words[1] === attempt.interface) ?? zones[0];
  return own?.words[0] ?? 'net';
}

/** The line of /etc/shorewall/policy that the end of a zone pair's chain was compiled from, where it can be told. */
export function policyLine(e: FirewallReader, zone: string): EvidenceLine[] {
  const file = e.entry('host/shorewall/policy');
  if (!isItem(file)) return [];
  const hit = [...entries(file.text)].find(
    ({ words: [source = '', target = ''] }) => [zone, 'all'].includes(source) && ['$FW', 'fw', 'all'].includes(target),
  );
  return hit === undefined ? [] : [quoteLine(file, hit.line)];
}

/** A line for /etc/shorewall/rules that admits one address to one port of the firewall host itself (shorewall-rules(5)). */
export function shorewallLine(zone: string, address: string, port: number): string {
  return `ACCEPT\t${zone}:${address}\t$FW\ttcp\t${port}`;
}
