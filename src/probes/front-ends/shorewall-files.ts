/** An entry of one of shorewall's files: its line, its columns, and the section of `rules` that it stands in. */
export type Entry = { readonly line: number; readonly columns: readonly string[]; readonly section: string };

/**
 * The entries of a file of shorewall's configuration, in order (shorewall-files(5)): comments, directives and continued lines
 * taken away. A file without sections is all `NEW`.
 */
export function entriesOf(text: string): Entry[] {
  const entries: Entry[] = [];
  let section = 'NEW';
  let held: { line: number; text: string } | undefined;
  for (const [index, raw] of text.split('\n').entries()) {
    const joined = (held?.text ?? '') + raw;
    const line = held?.line ?? index + 1;
    held = undefined;
    if (/\\\s*$/.test(joined) && !joined.trimStart().startsWith('#')) {
      held = { line, text: joined.replace(/\\\s*$/, ' ') };
      continue;
    }
    const columns = joined.replace(/#.*/, '').trim().split(/\s+/).filter(Boolean);
    const header = /^\??SECTION$/i.test(columns[0] ?? '') ? columns[1] : undefined;
    if (header !== undefined) section = header.toUpperCase();
    else if (columns.length > 0 && !/^(?:\?|INCLUDE$|SHELL$)/.test(columns[0] ?? ''))
      entries.push({ line, columns, section });
  }
  return entries;
}

/** The section that a line at the end of a file of rules would stand in. */
export function lastSection(text: string): string {
  const headers = [...text.matchAll(/^[ \t]*\??SECTION[ \t]+(\w+)/gim)];
  return (headers.at(-1)?.[1] ?? 'NEW').toUpperCase();
}
