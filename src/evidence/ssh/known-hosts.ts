/**
 * `known_hosts` as OpenSSH reads it (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"): names as patterns, negated or hashed, ports in
 * brackets, and the markers `@revoked` and `@cert-authority`.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** One line that names the host. */
export type KnownKey = {
  readonly file: string;
  readonly line: number;
  readonly marker: 'revoked' | 'cert-authority' | undefined;
  readonly type: string;
  /** The key as it goes over the wire. */
  readonly blob: Buffer;
};

/** What the files say of the key that a server shows. */
export type HostKeyVerdict =
  | { readonly is: 'known' }
  | { readonly is: 'revoked' | 'changed'; readonly by: KnownKey }
  /** `authority`: only a certificate authority is known for the host, which is not checked here. */
  | { readonly is: 'unknown'; readonly others: readonly KnownKey[]; readonly authority: KnownKey | undefined };

/** The port that a name without one stands for. */
const sshPort = 22;

/** The name under which `known_hosts` holds a host: lower case, a port other than 22 beside it. */
export function knownName(host: string, port: number): string {
  const name = host.toLowerCase();
  return port === sshPort ? name : `[${name}]:${port}`;
}

/**
 * The lines of a file that name the host.
 *
 * @param name as {@link knownName} gives it
 */
export function keysFor(name: string, text: string, file: string): KnownKey[] {
  return text.split('\n').flatMap((line, index): KnownKey[] => {
    const fields = line.trim().split(/\s+/);
    if (fields[0] === undefined || fields[0] === '' || fields[0].startsWith('#')) return [];
    const marker = /^@(revoked|cert-authority)$/.exec(fields[0])?.[1] as KnownKey['marker'];
    if (fields[0].startsWith('@') && marker === undefined) return [];
    const [names = '', type = '', encoded = ''] = marker === undefined ? fields : fields.slice(1);
    const blob = Buffer.from(encoded, 'base64');
    if (blob.length === 0 || !namesHost(names, name)) return [];
    return [{ file, line: index + 1, marker, type, blob }];
  });
}

/** The type of a key, which its wire form begins with (RFC 4253, section 6.6); empty where it is no key. */
export function keyType(blob: Buffer): string {
  if (blob.length < 4) return '';
  const length = blob.readUInt32BE(0);
  return length > 64 || blob.length < 4 + length ? '' : blob.toString('latin1', 4, 4 + length);
}

/** The fingerprint as `ssh-keygen -l` prints it. */
export function fingerprint(blob: Buffer): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

/**
 * Holds the key that a server shows against the lines that name the host.
 *
 * @param exact lines under the host's name and port
 * @param withoutPort lines under its bare name, which count for a key that is the same and for nothing else
 */
export function judgeKey(
  blob: Buffer,
  exact: readonly KnownKey[],
  withoutPort: readonly KnownKey[] = [],
): HostKeyVerdict {
  const same = (key: KnownKey) => key.blob.equals(blob);
  const all = [...exact, ...withoutPort];
  const revoked = all.find((key) => key.marker === 'revoked' && same(key));
  if (revoked !== undefined) return { is: 'revoked', by: revoked };
  if (all.some((key) => key.marker === undefined && same(key))) return { is: 'known' };
  const plain = exact.filter(({ marker }) => marker === undefined);
  const changed = plain.find((key) => keyType(key.blob) === keyType(blob));
  if (changed !== undefined) return { is: 'changed', by: changed };
  return { is: 'unknown', others: plain, authority: exact.find(({ marker }) => marker === 'cert-authority') };
}

function namesHost(names: string, name: string): boolean {
  if (names.startsWith('|')) return hashNames(names, name);
  let named = false;
  for (const pattern of names.split(',')) {
    if (pattern.startsWith('!')) {
      if (matches(pattern.slice(1), name)) return false;
    } else if (matches(pattern, name)) named = true;
  }
  return named;
}

/** `|1|SALT|HASH`: HMAC-SHA1 of the name under the salt, both in base64. */
function hashNames(hashed: string, name: string): boolean {
  const [, version, salt = '', sum = ''] = hashed.split('|');
  if (version !== '1') return false;
  const own = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest();
  const known = Buffer.from(sum, 'base64');
  return known.length === own.length && timingSafeEqual(known, own);
}

/** Whether a pattern with `*` and `?` matches the whole name, in time linear in both (no backtracking over more than one `*`). */
function matches(pattern: string, name: string): boolean {
  const lower = pattern.toLowerCase();
  let [at, from, star, mark] = [0, 0, -1, 0];
  while (from < name.length) {
    if (at < lower.length && lower[at] !== '*' && (lower[at] === '?' || lower[at] === name[from])) {
      at += 1;
      from += 1;
    } else if (lower[at] === '*') {
      star = at;
      mark = from;
      at += 1;
    } else if (star >= 0) {
      at = star + 1;
      mark += 1;
      from = mark;
    } else return false;
  }
  while (lower[at] === '*') at += 1;
  return at === lower.length;
}
