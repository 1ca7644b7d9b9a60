import type { Problem } from './model.ts';

/** One set of `ipset save`: its type, and its members as they were printed. */
export type Ipset = {
  readonly name: string;
  readonly type: string;
  readonly options: readonly string[];
  readonly line: number;
  readonly members: readonly { readonly text: string; readonly line: number }[];
};

export type IpsetCollection = {
  readonly source: string;
  readonly sets: ReadonlyMap<string, Ipset>;
  readonly problems: readonly Problem[];
};

/** Reads what `ipset save` printed: `create NAME TYPE OPTION…` and `add NAME MEMBER OPTION…` lines. */
export function parseIpsetSave(source: string, text: string): IpsetCollection {
  const sets = new Map<
    string,
    { name: string; type: string; options: string[]; line: number; members: { text: string; line: number }[] }
  >();
  const problems: Problem[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const words = raw.trim().split(/\s+/);
    const [command, name, what] = words;
    if (command === '' || command?.startsWith('#')) continue;
    const set = name === undefined ? undefined : sets.get(name);
    if ((command === 'create' || command === '-N') && name !== undefined && what !== undefined) {
      sets.set(name, { name, type: what, options: words.slice(3), line: index + 1, members: [] });
    } else if ((command === 'add' || command === '-A') && set !== undefined && what !== undefined) {
      set.members.push({ text: words.slice(2).join(' '), line: index + 1 });
    } else problems.push({ source, line: index + 1, text: raw, why: 'neither a set nor a member of one' });
  }
  return { source, sets, problems };
}
