import type { Family } from './addresses.ts';
import type { Match } from './program.ts';
import type { Module, Option } from './rule-words.ts';

/** Reads one option of a module, or the whole module: a match, or undefined where an argument cannot be read. */
export type ReadOption = (option: Option, family: Family) => Match | undefined;
/** The same for a module whose options mean something only together. */
export type ReadModule = (module: Module, family: Family) => Match | undefined;
/** How a module is read: option by option, or as a whole (`names` are then its options). */
export type Reader =
  | { readonly options: Readonly<Record<string, ReadOption>> }
  | { readonly whole: ReadModule; readonly names: readonly string[] };
