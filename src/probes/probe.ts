import type { Absence, Item } from '../evidence/item.ts';
import type { ItemName, Parsed } from '../evidence/items.ts';
import type { EvidenceLine, Fix } from '../finding.ts';
import type { ArgsOf, Code } from '../findings/index.ts';
import type { Flow } from '../flow.ts';
import type { Layer } from '../layers.ts';

/** What a probe yields: a code with its facts, and the lines that show it. Words come from the catalogue. */
export type Draft = {
  [C in Code]: {
    readonly code: C;
    readonly args: ArgsOf<C>;
    readonly evidence: readonly [EvidenceLine, ...EvidenceLine[]];
    readonly fix?: Fix;
    readonly caveats?: readonly string[];
    readonly subject?: string;
  };
}[Code];

/** The facts of the flow that a probe can ask for. */
export type FlowFact = Exclude<keyof Flow, 'migrationType'>;

/** Names of items that are not known before others were read: included files, answers about one thing, other accounts. */
export type NamedItem = `postgres/${string}` | `aws/${string}`;

/** How a probe reads the evidence. Every read is noted: what is read and damaged makes the layer `unknown`. */
export type Reader<Needs extends ItemName, Sharpens extends ItemName> = {
  readonly flow: Flow;
  /** The judgement's "now", ISO 8601; undefined where nothing dates the evidence. */
  readonly collectedAt: string | undefined;
  /** True while the plan judges patched evidence. */
  readonly simulated: boolean;
  /** A fact of the flow; ends the probe where it is not known. */
  readonly fact: <K extends FlowFact>(key: K) => NonNullable<Flow[K]>;
  /** An item's parse; ends the probe where the item is absent or not understood. */
  readonly need: <N extends Needs>(name: N) => Parsed<N>;
  /** An item's parse, or undefined where it is absent; what is there but damaged makes the layer `unknown`. */
  readonly maybe: <N extends Needs | Sharpens>(name: N) => Parsed<N> | undefined;
  /** The raw item or the reason of its absence. */
  readonly entry: (name: Needs | Sharpens) => Item | Absence;
  /** Ends the probe: this item is there, but what it says cannot be used. */
  readonly notUnderstood: (name: Needs | Sharpens, why: string, line?: number) => never;
  /** Line `line` (from 1) of an item, as evidence. */
  readonly quote: (name: Needs | Sharpens, line: number) => EvidenceLine;
  /** A rendering of something in an item that has no line of its own, as evidence. */
  readonly cite: (name: Needs | Sharpens, text: string) => EvidenceLine;
  /** Something that several probes need, worked out once for one judgement; what ends it ends each of them. */
  readonly once: <T>(key: string, work: () => T) => T;
  /** An item that another one names (`postgres/files/…`, `aws/…--ID.json`), by the name it has in a bundle. */
  readonly file: (name: NamedItem) => Item | Absence;
  /** Ends the probe: such an item was not had. */
  readonly lacks: (name: NamedItem) => never;
  /** The names of all items and absences that there are. */
  readonly names: () => Iterable<string>;
};

/** A layer's probe: pure, and told apart from its words. */
export type Probe<N extends ItemName = ItemName, S extends ItemName = ItemName> = {
  readonly layer: Layer;
  /** What the layer rests on. */
  readonly needs: readonly N[];
  /** What only makes its answer sharper. */
  readonly sharpens: readonly S[];
  judge(e: Reader<N, S>): Iterable<Draft>;
};

/** Declares a probe; a read of an item that was not declared does not compile. */
export function probe<const N extends ItemName, const S extends ItemName = never>(
  declared: Omit<Probe<N, S>, 'sharpens'> & { readonly sharpens?: readonly S[] },
): Probe<N, S> {
  return { sharpens: [], ...declared };
}
