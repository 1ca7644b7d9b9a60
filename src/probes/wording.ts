/** A few of many names, and how many more there are. */
export function someOf(names: readonly string[], most = 5): string {
  const more = names.length - most;
  return names.slice(0, most).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** A number of bytes for people. */
export function bytesWords(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** `1 slot`, `2 slots`, `no slot`. */
export function countOf(n: number, one: string, many = `${one}s`): string {
  return n === 0 ? `no ${one}` : `${n} ${n === 1 ? one : many}`;
}

/** A command within a sentence: renderers never break what stands between backticks. */
export function command(text: string): string {
  return `\`${text}\``;
}

/** A text literal of PostgreSQL for a name that is compared. */
export function sqlLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
