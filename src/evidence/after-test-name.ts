/** Names of what the source host is asked once more, after DMS's own connection test. */

/** The word behind the host script that has it take no more than a connection attempt changes. */
export const afterTestWord = '--after-test';

/** The name under which an item of the second look stands: `host/after-test/nstat.txt`. */
export function afterTestName(name: string): string {
  return name.replace('/', '/after-test/');
}

/** Whether an item is one of the second look. */
export function isAfterTest(name: string): boolean {
  return name.includes('/after-test/');
}
