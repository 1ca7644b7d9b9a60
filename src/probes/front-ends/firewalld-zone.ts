import { isItem } from '../../evidence/item.ts';
import { quoteLine } from '../../evidence/reader.ts';
import type { EvidenceLine } from '../../finding.ts';
import { containsAddresses, tableOf } from '../../netfilter/index.ts';
import type { Decided } from './block.ts';

/** The zone or policy of firewalld whose chains decide, and the chain that stands for it: `filter_IN_public`, `IN_public`. */
export type Zone = { readonly kind: 'zone' | 'policy'; readonly name: string; readonly chain: string };

/** The innermost zone or policy on the way to a decision. */
export function zoneOf(decided: Decided): Zone | undefined {
  const { decider, host } = decided;
  const chains = tableOf(host, decider)?.chains;
  const own = [...decider.jumps.map(({ chain }) => chain), decider.chain].findLast((name) =>
    chains?.has(`${name}_allow`),
  );
  const [, policy, name] = /^(?:filter_)?(?:IN|FWDI|FWDO|FWD|OUT)_(policy_)?(.+)$/.exec(own ?? '') ?? [];
  if (own === undefined || name === undefined) return undefined;
  return { kind: policy === undefined ? 'zone' : 'policy', name, chain: own };
}

/**
 * How the client came into the zone, in what `firewall-cmd --list-all-zones` printed: the zone's line, and the interface or
 * source in it; for the default zone the line of firewalld.conf that makes it so.
 */
export function firewalldLines(decided: Decided): EvidenceLine[] {
  const { e } = decided;
  const zone = zoneOf(decided);
  const listed = e.entry('host/firewalld/zones.txt');
  if (zone === undefined || zone.kind === 'policy' || !isItem(listed)) return [];
  const lines = listed.text.split('\n');
  const head = lines.findIndex((line) => line.split(' ')[0] === zone.name);
  if (head < 0) return [];
  const end = lines.findIndex((line, index) => index > head && line.trim() === '');
  const block = lines.slice(head, end < 0 ? undefined : end);
  const bound = block.findIndex((line) => isBound(line, decided));
  const shown = [head + 1, ...(bound < 0 ? [] : [head + bound + 1])].map((line) => quoteLine(listed, line));
  return bound < 0 ? [...shown, ...defaultZone(decided, zone.name)] : shown;
}

function isBound(line: string, { attempt, part }: Decided): boolean {
  const [, what, list = ''] = /^\s+(interfaces|sources): (.*)$/.exec(line) ?? [];
  const names = list.split(/\s+/).filter(Boolean);
  if (what === 'interfaces') return attempt.interface !== undefined && names.includes(attempt.interface);
  return what === 'sources' && names.some((source) => containsAddresses([source], part.from));
}

function defaultZone({ e }: Decided, name: string): EvidenceLine[] {
  const entry = e.entry('host/firewalld/firewalld.conf');
  if (!isItem(entry)) return [];
  const at = entry.text.split('\n').findIndex((line) => line.trim() === `DefaultZone=${name}`);
  return at < 0 ? [] : [quoteLine(entry, at + 1)];
}

/** The lowest priority that a rich rule of a zone has, 0 where none is below. */
export function lowestPriority({ e }: Decided, zone: Zone): number {
  const listed = e.entry('host/firewalld/zones.txt');
  if (!isItem(listed)) return 0;
  const text = listed.text.split(/\n\s*\n/).find((block) => block.trimStart().split(/\s/)[0] === zone.name) ?? '';
  return Math.min(
    0,
    ...[...text.matchAll(/^[ \t]*rule .*?priority="(-?\d+)"/gm)].map(([, priority]) => Number(priority)),
  );
}
