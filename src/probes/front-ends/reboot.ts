import { isItem } from '../../evidence/item.ts';
import { quoteLine } from '../../evidence/reader.ts';
import type { EvidenceLine } from '../../finding.ts';
import type { IptablesRuleset, NftRuleset, SourceRef } from '../../netfilter/index.ts';
import { isListedTwice, ownerOf } from '../../netfilter/index.ts';
import type { FirewallReader } from '../firewall-host.ts';
import type { Draft } from '../probe.ts';
import { someOf } from '../wording.ts';
import { noneSaved, savedRules, startsAtBoot } from './boot.ts';
import { ownerInLists } from './foreign.ts';
import { ruleKey } from './rule-line.ts';

type Rulesets = readonly (IptablesRuleset | NftRuleset)[];
/** A rule or a policy that stands on one side alone. */
type Line = { readonly key: string; readonly ref: SourceRef; readonly text: string };

/** What a boot would make of the rules of iptables: those made by hand that nothing saved, and saved ones that are not in the kernel. */
export function* rebootOfIptables(e: FirewallReader, rulesets: Rulesets): Generator<Draft> {
  const own = rulesets.filter((each) => each.kind === 'iptables');
  const family = own[0]?.family;
  if (family === undefined) return;
  const saved = savedRules(e, family);
  if (saved === undefined && !noneSaved(e, family)) return;
  const loaded = saved !== undefined && saved.loaded !== false;
  const onDisk = loaded ? linesOf(saved.ruleset, false) : [];
  const kernel = onDisk.length === 0 ? [] : own.flatMap((ruleset) => linesOf(ruleset, false));
  const lost = missingFrom(
    onDisk,
    own.flatMap((ruleset) => linesOf(ruleset, true)),
  );
  const back = missingFrom(kernel, onDisk);
  if (lost.length === 0 && back.length === 0) return;
  const where =
    saved === undefined
      ? 'no saved rules were found on the host'
      : `${saved.file ?? saved.item} ${saved.loaded === undefined ? 'is taken to be what a boot loads' : loaded ? 'is what a boot loads' : 'is there, and no service loads it at boot'}`;
  yield { code: 'IPT010', ...differences(lost, back, where) };
}

/** The same for tables of nftables that no front end owns, by their names. */
export function* rebootOfNftables(e: FirewallReader, rulesets: Rulesets): Generator<Draft> {
  const entry = e.entry('host/nftables.conf');
  const nft = rulesets.find((each): each is NftRuleset => each.kind === 'nft');
  if (nft === undefined || (!isItem(entry) && entry.why !== 'not-installed')) return;
  const loaded = isItem(entry) ? startsAtBoot(e, ['nftables']) : false;
  // Every Debian has the file, and few load it: where that is not known, it brings nothing in, and saves what it names.
  const onDisk = isItem(entry) && loaded !== false ? tablesIn(entry.name, entry.text) : [];
  const kernel = nft.tables
    .filter((table) => !isListedTwice(table, rulesets) && table.chains.size > 0)
    .map((table): Line & { own: boolean } => {
      const text = `table ${table.nftFamily} ${table.name}`;
      const [chain] = table.chains.values();
      const own = chain !== undefined && ownerOf(nft, table, chain, undefined) === 'hand';
      return { key: text, ref: { source: nft.source, line: 0, text }, text, own };
    });
  // Includes are not followed: a file that has some may load any table.
  const includes = isItem(entry) && /^\s*include\s/m.test(entry.text);
  const lost = includes
    ? []
    : missingFrom(
        onDisk,
        kernel.filter(({ own }) => own),
      );
  const back = loaded === true ? missingFrom(kernel, onDisk) : [];
  if (lost.length === 0 && back.length === 0) return;
  const where = !isItem(entry)
    ? 'no /etc/nftables.conf was found on the host'
    : loaded === false
      ? 'nftables.conf is there, and no service loads it at boot'
      : `nftables.conf is ${loaded === true ? '' : 'taken to be '}what a boot loads`;
  yield { code: 'NFT008', ...differences(lost, back, where) };
}

function differences(lost: readonly Line[], back: readonly Line[], where: string) {
  const shown = [...lost.slice(0, 3), ...back.slice(0, 3)].map(({ ref }): EvidenceLine => ({
    source: ref.source,
    line: ref.line > 0 ? ref.line : null,
    text: ref.text,
    vantage: 'host',
  }));
  const [first = { source: 'host', line: null, text: where, vantage: 'host' as const }, ...rest] = shown;
  const named = (lines: readonly Line[]) =>
    someOf(
      lines.map(({ text }) => `\`${text}\``),
      3,
    );
  return {
    args: { lost: lost.length, back: back.length, lostNames: named(lost), backNames: named(back), where },
    evidence: [first, ...rest] as const,
  };
}

const missingFrom = (there: readonly Line[], lines: readonly Line[]): Line[] => {
  const known = new Set(there.map(({ key }) => key));
  return lines.filter(({ key }) => !known.has(key));
};

/** The rules and policies of a ruleset; those alone that no front end owns, where that is asked. */
function linesOf(ruleset: IptablesRuleset, byHand: boolean): Line[] {
  const lines: Line[] = [];
  for (const table of ruleset.tables) {
    for (const chain of table.chains.values()) {
      const { base, declared } = chain;
      if (
        base?.policy === 'drop' &&
        declared !== undefined &&
        (!byHand || ownerInLists(ruleset, table, chain, undefined) === 'hand')
      ) {
        const text = `-t ${table.name} -P ${chain.name} DROP`;
        lines.push({ key: text, ref: declared, text });
      }
      for (const rule of chain.rules) {
        if (byHand && ownerInLists(ruleset, table, chain, rule) !== 'hand') continue;
        const text = rule.ref.text.replace(/^\[\d+:\d+\] /, '');
        const shown = table.name === 'filter' ? text : `-t ${table.name} ${text}`;
        lines.push({ key: `${table.name} ${ruleKey(text)}`, ref: rule.ref, text: shown });
      }
    }
  }
  return lines;
}

/** The tables that a script of nft names: `table inet filter {`, `add table ip nat`. */
function tablesIn(source: string, text: string): Line[] {
  return text.split('\n').flatMap((raw, index) => {
    const [, family = 'ip', name] =
      /^\s*(?:add\s+)?table\s+(?:(ip|ip6|inet|arp|bridge|netdev)\s+)?([\w.-]+)\s*\{/.exec(raw) ?? [];
    if (name === undefined || family === 'arp' || family === 'bridge') return [];
    const words = `table ${family} ${name}`;
    return [{ key: words, ref: { source, line: index + 1, text: raw }, text: words }];
  });
}

/** A line of what was gathered, for the words of a front end that is stopped. */
export function firstLine(
  e: FirewallReader,
  name: Parameters<FirewallReader['entry']>[0],
  shape: RegExp,
): EvidenceLine | undefined {
  const entry = e.entry(name);
  if (!isItem(entry)) return undefined;
  const at = entry.text.split('\n').findIndex((line) => shape.test(line));
  return at < 0 ? undefined : quoteLine(entry, at + 1);
}
