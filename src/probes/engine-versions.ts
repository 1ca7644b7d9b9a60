/**
 * The first DMS engine version that takes a PostgreSQL major version as a source (AWS DMS user guide, "Sources for data
 * migration" and "Using a PostgreSQL database as an AWS DMS source"). Versions up to 12 work with every engine.
 */
const firstEngine: readonly (readonly [major: number, engine: string])[] = [
  [13, '3.4.3'],
  [14, '3.4.7'],
  [15, '3.5.1'],
  [16, '3.5.3'],
  [17, '3.6.1'],
  [18, '3.6.1'],
];

/** The first engine that takes this source; undefined where every engine does, or where nobody has said yet. */
export function minimumEngine(serverVersionNum: number): string | undefined {
  const major = Math.trunc(serverVersionNum / 10_000);
  return firstEngine.find(([version]) => version === major)?.[1];
}

/** Whether one engine version (`3.5.4`) is older than another; false where one of them is not understood. */
export function olderThan(version: string, minimum: string): boolean {
  const [a, b] = [version, minimum].map((text) => text.split('.').map(Number)) as [number[], number[]];
  for (let index = 0; index < b.length; index += 1) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (Number.isNaN(difference)) return false;
    if (difference !== 0) return difference < 0;
  }
  return false;
}
