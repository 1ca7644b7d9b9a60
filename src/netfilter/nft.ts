import type { NftRuleset } from './model.ts';

/** Reads what `nft -j list ruleset` printed. */
export function parseNftJson(source: string, text: string): NftRuleset {
  return { kind: 'nft', source, tables: [], complete: text.trim() === '', problems: text.trim() === '' ? [] : [{ source, line: 1, text: text.slice(0, 200), why: 'nft rules are not understood yet' }] };
}

/** Reads what `nft list ruleset` printed. */
export function parseNftText(source: string, text: string): NftRuleset {
  return parseNftJson(source, text);
}
