import type { AddressBlock } from './address-set.ts';
import type { HbaToken } from './token.ts';

/** First field of a line (docs: "The pg_hba.conf File"). */
export type HbaLineType = 'local' | 'host' | 'hostssl' | 'hostnossl' | 'hostgssenc' | 'hostnogssenc';

/** What a line's address field stands for. */
export type HbaAddress =
  | { readonly kind: 'all' | 'samehost' | 'samenet' }
  | { readonly kind: 'network'; readonly network: AddressBlock; readonly written: AddressBlock }
  /** Beginning with a dot it is a suffix. */
  | { readonly kind: 'host-name'; readonly name: string };

/** Authentication methods, in the words of pg_hba.conf. */
export type HbaMethod =
  | 'reject'
  | 'trust'
  | 'ident'
  | 'password'
  | 'md5'
  | 'scram-sha-256'
  | 'gss'
  | 'sspi'
  | 'pam'
  | 'bsd'
  | 'ldap'
  | 'cert'
  | 'radius'
  | 'peer'
  | 'oauth';

/** One `name=value` after the method. */
export type HbaOption = { readonly name: string; readonly value: string };

/** One line that the server takes. */
export type HbaLine = {
  /** Name of the file, as given in {@link HbaFiles} or by its `include`. */
  readonly file: string;
  /** 1-based number of its first line in that file. */
  readonly line: number;
  /** How many lines of the file it takes (continuations, from 14). */
  readonly height: number;
  /** The line as the server holds it, continuations joined. */
  readonly text: string;
  readonly type: HbaLineType;
  readonly databases: readonly HbaToken[];
  readonly users: readonly HbaToken[];
  /** Undefined for `local`. */
  readonly address: HbaAddress | undefined;
  /** `ident` of a `local` line is `peer`, as in the server. */
  readonly method: HbaMethod;
  readonly options: readonly HbaOption[];
};

/** A line for which the server refuses the whole file. */
export type HbaProblem = {
  readonly file: string;
  /** 1-based; 0 where it is the file as a whole. */
  readonly line: number;
  readonly text: string;
  /** The server's own words in its log. */
  readonly why: string;
  /** What `pg_hba_file_rules.error` says, where that differs from the log; null where the view says nothing. */
  readonly inView?: string | null;
  /**
   * It does more than make the server refuse the file: a reload ends the server, and with it every session, and it does not start
   * again while the line stands. So do loops of `@file` up to 15, and up to 9.6 a line of 8191 bytes.
   */
  readonly endsServer?: true;
  /** What is not known of an earlier part of the line: the server may have refused it for that, in other words. */
  readonly orEarlier?: string;
};

/** Something for which it cannot be known whether, or how, the server takes the file. */
export type HbaUnknown = {
  readonly file: string;
  readonly line: number;
  readonly text: string;
  readonly why: string;
};

/** What a server makes of `pg_hba.conf`. With problems it refuses the whole file; with unknowns that cannot be told. */
export type ParsedHba = {
  readonly version: number;
  /** Name of `pg_hba.conf` itself. */
  readonly main: string;
  /** How many lines `pg_hba.conf` itself has, and whether its last ends in a backslash. */
  readonly mainLines: number;
  readonly mainContinues: boolean;
  readonly lines: readonly HbaLine[];
  readonly problems: readonly HbaProblem[];
  readonly unknowns: readonly HbaUnknown[];
};
