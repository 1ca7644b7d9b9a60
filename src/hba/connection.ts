/**
 * A connection that has not been made. A logical walsender says `replication=database` and a database, a physical one
 * `replication=true` and none.
 */
export type ConnectionAttempt = {
  /** Addresses and CIDRs that it may come from, as the server sees them. */
  readonly from: readonly string[];
  readonly database: string;
  readonly user: string;
  /** Whether it is encrypted by TLS. Encryption by GSSAPI is not spoken of: no client here uses it. */
  readonly tls: boolean;
  readonly kind: 'sql' | 'logical-walsender' | 'physical-walsender';
};

/** What was looked up of one client address, as the server would (hba.c `check_hostname`). */
export type HostNameEvidence = {
  /** The name that the reverse look-up gave; null where it gave none. */
  readonly name: string | null;
  /** Addresses that this name resolves to. */
  readonly addresses: readonly string[];
};

/** What the server knows beside its file. What is left out is not known, and where it decides the verdict is `unknown`. */
export type ServerContext = {
  /** `server_version_num`. */
  readonly version: number;
  /** Every role by name, with all roles that it is a member of, directly and through others. */
  readonly roles?: ReadonlyMap<string, { readonly memberOf: readonly string[]; readonly superuser: boolean }>;
  /** Every address of the server's interfaces, for `samehost` and `samenet`. */
  readonly interfaces?: readonly { readonly address: string; readonly prefixLength: number }[];
  /** The setting `ssl`. */
  readonly sslEnabled?: boolean;
  /** By client address in the form that the server prints. */
  readonly hostNames?: ReadonlyMap<string, HostNameEvidence>;
};

/** Cuts a name as the server cuts those of a connection: to 63 bytes (NAMEDATALEN - 1). */
export function cutName(name: string): string {
  let bytes = 0;
  let kept = '';
  for (const character of name) {
    bytes += new TextEncoder().encode(character).length;
    if (bytes > 63) return kept;
    kept += character;
  }
  return kept;
}
