import type { Code } from '../../src/findings/index.ts';

/** Codes that are brought about outside the table of cases. */
export const planCodes = {
  /** By the plan on real servers (plan.servers.test.ts), which asserts that these are there before it and gone after it. */
  emitted: ['LGN006', 'DBS004', 'ROL002', 'ROL004', 'ROL007', 'WAL002', 'SND003'],
  /** On the way through it, after its settings and before its restart. */
  between: ['WAL003'],
  /** As a standby, the same server afterwards. */
  standby: ['STB002', 'STB003', 'STB004', 'STB005'],
  /** With its wal_level on the command line. */
  commandLine: ['WAL006'],
  /** On a server that shows itself as RDS does (managed.servers.test.ts). */
  managed: ['WAL007'],
} as const satisfies Record<string, readonly Code[]>;
