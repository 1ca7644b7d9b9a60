import type { Layer } from './layers.ts';

/** From where a fact was seen. A tunnel from a laptop (`here`) never proves the replication instance's path. */
export type Vantage = 'configuration' | 'here' | 'host' | 'database' | 'dms';

/** How a layer or a finding stands. */
export type Status = 'pass' | 'warn' | 'block' | 'unknown' | 'skip';

/** Why a layer is `skip`: each but `left-out` is shown by gathered evidence. */
export type SkipReason = 'not-installed' | 'not-on-path' | 'left-out';

/** One line of what was gathered. With a line number, `text` is that very line of the item `source`. */
export type EvidenceLine = {
  readonly source: string;
  readonly line: number | null;
  readonly text: string;
  readonly vantage: Vantage;
};

/** What carrying out a step does to the running service. */
export type Effect = 'none' | 'reload' | 'restart';

/** One thing for a person to do, in the words of whoever owns what is changed. */
export type Step = {
  /** Where it is done. */
  readonly where: 'source host' | 'standby' | 'database' | 'AWS' | 'DMS';
  /** Which standby, by its address or name, where it is done on one. */
  readonly host?: string;
  readonly effect: Effect;
  readonly risk: string;
  readonly undo: string;
  readonly verify: string;
  /** Another way to the same end, which was not taken because it opens more, in a sentence. */
  readonly instead?: string;
} & ({ readonly run: string } | { readonly edit: Edit });

/** Lines to put into a file. */
export type Edit = {
  readonly file: string;
  /** The 1-based line that they go before; one more than the file has where that is its end. */
  readonly before: number;
  readonly lines: readonly string[];
  /** The line that they then stand behind, so that an edit by number can be seen to be at its place. */
  readonly behind?: string;
};

/** An edit of raw evidence, so that the next judgement reads the very line that would stand there. */
export type Patch =
  | { readonly item: string; readonly before: number; readonly lines: readonly string[] }
  /** The line, counted from 1, gives way to others, or to none. */
  | { readonly item: string; readonly line: number; readonly lines: readonly string[] }
  | {
      readonly item: string;
      readonly row: Readonly<Record<string, unknown>>;
      readonly set: Readonly<Record<string, unknown>>;
    }
  | { readonly item: string; readonly path: readonly (string | number)[]; readonly push: unknown }
  | { readonly item: string; readonly path: readonly (string | number)[]; readonly set: unknown }
  | {
      readonly item: string;
      readonly path: readonly (string | number)[];
      /** The index that the first of the entries gets in the list. */
      readonly at: number;
      readonly insert: readonly unknown[];
    };

/** What opens one wall: for a person (steps) and for the simulation (patches; none where the effect cannot be located). */
export type Fix = {
  readonly steps: readonly Step[];
  readonly patches: readonly Patch[];
  /** The very wall, where findings of one code and subject may stand one behind another: the rule that decides. */
  readonly wall?: string;
};

/** A finding with its words, as reports and the plan see it. */
export type Finding = {
  readonly code: string;
  readonly layer: Layer;
  readonly status: Status;
  readonly reason?: SkipReason;
  readonly demoted?: true;
  /** What of several it is about (an address, a table), so that two findings of one code are told apart. */
  readonly subject: string;
  readonly summary: string;
  readonly detail: string;
  readonly caveats: readonly string[];
  readonly evidence: readonly EvidenceLine[];
  readonly fix?: Fix;
  readonly docs: string;
};

const order: readonly Status[] = ['skip', 'pass', 'warn', 'unknown', 'block'];

/** The worst of some statuses: block > unknown > warn > pass > skip. */
export function worst(statuses: Iterable<Status>): Status {
  let found: Status = 'skip';
  for (const status of statuses) if (order.indexOf(status) > order.indexOf(found)) found = status;
  return found;
}
