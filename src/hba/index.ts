/** `pg_hba.conf` as PostgreSQL 9.4 to 18 reads it: what a file means, which line decides, and what must be written where. */
export type { ConnectionAttempt, HostNameEvidence, ServerContext } from './connection.ts';
export { decide, shadowedLines, type HbaDecision, type HbaOutcome, type ShadowedLine } from './decide.ts';
export type { HbaFiles, IncludedDirectory, IncludedFile } from './files.ts';
export type {
  HbaAddress,
  HbaLine,
  HbaLineType,
  HbaMethod,
  HbaOption,
  HbaProblem,
  HbaUnknown,
  ParsedHba,
} from './line.ts';
export { parseHba } from './parse.ts';
export type { HbaSettings } from './parse-line.ts';
export { proposeLine, type HbaEdit } from './propose.ts';
export { refusalMessage } from './refusal.ts';
export type { HbaToken } from './token.ts';
export { unreachableLines, type UnreachableLine } from './unreachable.ts';
