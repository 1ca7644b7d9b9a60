import type { Finding, SkipReason, Status, Step } from './finding.ts';
import type { Flow } from './flow.ts';
import type { Layer } from './layers.ts';

/** The answer of a whole run. */
export type Verdict = 'open' | 'blocked' | 'undetermined';

/** How one layer stands; `reason` where it is skipped. */
export type LayerStatus = { readonly layer: Layer; readonly status: Status; readonly reason?: SkipReason };

/** The steps that open the path, and whether the simulation saw it open. */
export type Plan = { readonly steps: readonly Step[]; readonly opens: boolean; readonly stuck?: string };

/** Lines of one item around the evidence in it, so that a reader sees a deciding line where it stands. */
export type Excerpt = {
  readonly source: string;
  /** The number of the first of the lines. */
  readonly first: number;
  readonly lines: readonly string[];
};

/** Everything that a run of `check` found; reports are functions of it. */
export type Report = {
  readonly tool: { readonly name: string; readonly version: string };
  readonly startedAt: string;
  readonly durationMs: number;
  /** The layers that `--only` and `--skip` left, or null for all. */
  readonly scope: readonly Layer[] | null;
  readonly flow: Flow;
  readonly verdict: Verdict;
  /** Every blocking layer that the plan's loop found, in path order. */
  readonly blockedAt: readonly Layer[];
  readonly layers: readonly LayerStatus[];
  readonly findings: readonly Finding[];
  readonly plan: Plan;
  /** What a reader must know of the evidence as a whole: its date, what checksums were missing. */
  readonly notes: readonly string[];
  /** What stands around the findings' evidence, by item and line. */
  readonly excerpts: readonly Excerpt[];
};

/** Any block is blocked; else any unknown, or nothing that passes or warns, is undetermined; else open. */
export function verdictOf(statuses: Iterable<Status>): Verdict {
  const seen = new Set(statuses);
  if (seen.has('block')) return 'blocked';
  if (seen.has('unknown')) return 'undetermined';
  return seen.has('pass') || seen.has('warn') ? 'open' : 'undetermined';
}
