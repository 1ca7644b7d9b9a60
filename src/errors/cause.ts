import type { Layer } from '../layers.ts';

/**
 * Where an error can stand: a layer of the path, or one of the three places that only an error text can name: the AWS
 * API, IAM, or `network` for a text that cannot tell route, security group, network ACL and host firewall apart.
 */
export type Place = Layer | 'aws-api' | 'iam' | 'network';

/** How far the connection had come when the error was made. What is proved open is computed from this. */
export type Reached = 'nothing' | 'host' | 'listener' | 'tls' | 'hba' | 'authenticated' | 'session' | 'walsender';

/** How surely a text leads to its layer: `certain` only where it can have one cause in one layer. */
export type Confidence = 'certain' | 'likely' | 'possible';

/** The engines that print a text; `any` for what DMS or AWS prints whatever the engine. */
export type Engine =
  | 'any'
  | 'postgres'
  | 'mysql'
  | 'oracle'
  | 'sqlserver'
  | 'db2'
  | 'mongodb'
  | 's3'
  | 'kafka'
  | 'redshift';

/**
 * What a text is worth beside others: a `cause` explains itself, a `symptom` follows from something that may be printed
 * elsewhere, a `warning` did not stop anything, a `wrapper` only repeats that something failed, and `nothing` carries no
 * information about the layer.
 */
export type Rank = 'cause' | 'symptom' | 'warning' | 'wrapper' | 'nothing';

/**
 * One cause of failure. `patterns` are phrases as the programs print them, where `…` stands for a short stretch of
 * anything (a name, an address); case, spacing, quotes and line breaks do not matter. A pattern that begins with `~` is
 * worded so generally that it counts only near something that speaks of a database or of DMS; one that begins with `?` is
 * only a number or a state, and counts where no text says more.
 */
export type Cause = {
  readonly id: string;
  readonly patterns: readonly string[];
  readonly engines: readonly Engine[];
  /** Most likely first; empty where the text says nothing of the layer. */
  readonly layers: readonly Place[];
  readonly reached: Reached;
  readonly confidence: Confidence;
  readonly rank?: Rank;
  /** What happened, one line. */
  readonly summary: string;
  /** Why, and where on the path. */
  readonly cause: string;
  /** What it looks like but is not. */
  readonly notThis?: string;
  /** What to do now, first things first. */
  readonly next: readonly string[];
  /** The code of the `check` finding that would confirm it. */
  readonly confirmedBy?: string;
  readonly sources: readonly string[];
};

/** What `explain` says of a text: the shape of `dms-doctor explain --format json`. */
export type Explanation = {
  readonly id: string;
  readonly kind: 'cause' | 'finding';
  readonly layer: Place | null;
  readonly layers: readonly Place[];
  readonly cleared: readonly Place[];
  readonly confidence: Confidence;
  readonly summary: string;
  readonly cause: string;
  readonly next: readonly string[];
  readonly matched: { readonly line: number; readonly text: string };
  readonly count: number;
  /** Times as the log printed them, ISO 8601; null where it printed none. */
  readonly firstSeen: string | null;
  readonly lastSeen: string | null;
};
