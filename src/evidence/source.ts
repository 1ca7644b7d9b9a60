import type { Absence, AbsenceReason } from './item.ts';
import { items } from './items.ts';
import type { Bundle } from './bundle.ts';
import type { Printed } from './printed.ts';
import { emptyFlow } from '../flow.ts';
import type { Tunnel } from './tunnel.ts';

/** A live source of evidence: this host, a host over SSH, a SQL session, AWS. */
export type Source = {
  /** How it is called in progress lines and notes: `this host`, `ssh db1`, `PostgreSQL at 172.31.40.17:5432`, `AWS`. */
  readonly name: string;
  /**
   * Gathers everything it can. Once the signal comes it ends within a second, with what it has by then. What could not be had
   * is an absence with its reason. Rejects only with a {@link SourceError}: the user must call otherwise.
   */
  readonly gather: (signal: AbortSignal) => Promise<Bundle>;
  /** Runs the host script once more, for what a connection attempt changes; only after `gather` has ended. */
  readonly lookAgain?: (signal: AbortSignal) => Promise<Printed>;
  /** Ended when what it sends first is on its way: what takes long to load may then be loaded. */
  readonly begun?: Promise<void>;
  /** The way through it to other machines, where it is one. */
  readonly tunnel?: Tunnel;
  /** Ends what it holds open. Called once, when every source of the run has ended. */
  readonly close?: () => void;
};

/** A live source that cannot be asked as the user asks: one line, exit code 2. */
export class SourceError extends Error {
  /** What the run goes on with where there is other evidence: absences that say why; undefined: it ends. */
  readonly instead: Bundle | undefined;
  constructor(message: string, options: ErrorOptions & { instead?: Bundle } = {}) {
    super(message, options);
    this.name = 'SourceError';
    this.instead = options.instead;
  }
}

/** The reason in the words of an absence: an interruption and a time limit are not refusals. */
export function absenceReasonOf(signal: AbortSignal): AbsenceReason {
  const reason: unknown = signal.reason;
  return reason instanceof Error && reason.name === 'TimeoutError' ? 'timed-out' : 'not-gathered';
}

/**
 * What a source brings that could not be asked at all: every item it was asked for is absent for one reason.
 *
 * @param mine which items it would have brought
 */
export function absentBundle(mine: (name: string) => boolean, why: AbsenceReason, detail: string): Bundle {
  const absences = Object.keys(items)
    .filter(mine)
    .map((name): [string, Absence] => [name, { name: `${name}.error`, why, detail }]);
  return { items: new Map(absences), flow: emptyFlow, collectedAt: undefined, notes: [] };
}
