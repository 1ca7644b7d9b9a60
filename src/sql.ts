/** Quotes an identifier for PostgreSQL; plain lower-case names stay as they are. */
export function sqlIdentifier(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}
