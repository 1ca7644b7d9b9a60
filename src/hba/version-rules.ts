/** What differs between the releases in how a server reads `pg_hba.conf` and what it answers. */
export type VersionRules = {
  /** A backslash as the last character of a line continues it. */
  readonly continuation: boolean;
  /** Size in bytes of the buffer for one line, its end included; undefined where lines have no limit. */
  readonly lineBuffer: number | undefined;
  /** What a line does that does not fit: an error beyond a reload's control, or of the line. */
  readonly longLine: 'ends the server' | 'error';
  /** Size in bytes of the buffer for one word, its end included; undefined where words have no limit. */
  readonly tokenBuffer: number | undefined;
  /** What a word that does not fit its buffer does: the rest of the line is dropped, or the line is an error. */
  readonly longToken: 'cut' | 'error';
  /** What an `@file` that cannot be opened does: it holds no words, or the line is an error. */
  readonly unreadableAtFile: 'no words' | 'error';
  /** What reading a directory as a file does: it holds no lines, or its first line is an error. */
  readonly directoryAsFile: 'no lines' | 'error';
  /** `include`, `include_if_exists` and `include_dir`, at most ten deep, and the same limit for `@file`. */
  readonly includeRecords: boolean;
  /** A database or user that begins with a slash is a regular expression. */
  readonly regularExpressions: boolean;
  /** Line types `hostgssenc` and `hostnogssenc`. */
  readonly gssTypes: boolean;
  /** What a `hostssl` line does while `ssl` is off. */
  readonly hostsslWithoutSsl: 'file refused' | 'never matches';
  /** What a logical walsender is matched by. */
  readonly logicalWalsender: 'keyword replication' | 'database';
  /** Which walsenders a refusal calls a replication connection. */
  readonly refusalSaysReplication: 'every walsender' | 'physical walsender';
  /** The refusal's words for the state of encryption. */
  readonly encryptionWords: { readonly tls: string; readonly plain: string };
  /** Database and user names of a connection are cut to 63 bytes. */
  readonly namesCut: boolean;
  readonly scram: boolean;
  readonly bsd: boolean;
  readonly oauth: boolean;
  /** Values of `clientcert`. */
  readonly clientcert: '0 and 1' | 'numbers and words' | 'verify words';
  /** 13: the refusal of `clientcert=no-verify` for `cert` says "cannot", before it "can not". */
  readonly cannotInOneWord: boolean;
  readonly clientname: boolean;
  /** Options of `radius` name lists (`radiusservers`) and not one server (`radiusserver`). */
  readonly radiusLists: boolean;
  /** The view shows what is wrong with the lengths of RADIUS lists. */
  readonly radiusErrorsInView: boolean;
  /** `ldapserver` may be left out (DNS SRV records). */
  readonly ldapServerOptional: boolean;
  /** `ldapsearchfilter`, `ldapscheme` and `ldaps` URLs. */
  readonly ldapSearchFilter: boolean;
  /** Refusal of options for both ways to bind to LDAP. */
  readonly ldapMixWords: string;
  /** `pam_use_hostname`, `compat_realm` and `upn_username`. */
  readonly realmOptions: boolean;
  /** `db_user_namespace` exists, and forbids `md5`. */
  readonly dbUserNamespace: boolean;
};

type Difference = {
  /** First `server_version_num` with it. */
  readonly from: number;
  /** First `server_version_num` without it again. */
  readonly until?: number;
  readonly rules: Partial<VersionRules>;
  readonly source: string;
};

const asOf94: VersionRules = {
  continuation: false,
  lineBuffer: 8192,
  longLine: 'ends the server',
  tokenBuffer: 256,
  longToken: 'cut',
  unreadableAtFile: 'no words',
  directoryAsFile: 'no lines',
  includeRecords: false,
  regularExpressions: false,
  gssTypes: false,
  hostsslWithoutSsl: 'file refused',
  logicalWalsender: 'keyword replication',
  refusalSaysReplication: 'every walsender',
  encryptionWords: { tls: 'SSL on', plain: 'SSL off' },
  namesCut: true,
  scram: false,
  bsd: false,
  oauth: false,
  clientcert: '0 and 1',
  cannotInOneWord: false,
  clientname: false,
  radiusLists: false,
  radiusErrorsInView: false,
  ldapServerOptional: false,
  ldapSearchFilter: false,
  ldapMixWords:
    'cannot use ldapbasedn, ldapbinddn, ldapbindpasswd, ldapsearchattribute, or ldapurl together with ldapprefix',
  realmOptions: false,
  dbUserNamespace: true,
};

const longTokens = {
  rules: { tokenBuffer: 10240, lineBuffer: 20480 },
  source: 'release notes of 11.21, 12.16 and 13.12: tokens up to 10240 bytes; hba.c MAX_TOKEN, MAX_LINE',
} as const;

const differences: readonly Difference[] = [
  {
    from: 90600,
    rules: { bsd: true, realmOptions: true },
    source: 'hba.c REL9_6_STABLE parse_hba_line, parse_hba_auth_opt',
  },
  {
    from: 100000,
    rules: { scram: true, radiusLists: true, hostsslWithoutSsl: 'never matches' },
    source: 'hba.c REL_10_STABLE parse_hba_line, parse_hba_auth_opt',
  },
  {
    from: 100000,
    rules: { longLine: 'error', longToken: 'error', unreadableAtFile: 'error', directoryAsFile: 'error' },
    source: 'hba.c REL_10_STABLE next_token, tokenize_inc_file, tokenize_file',
  },
  {
    from: 100000,
    rules: { logicalWalsender: 'database' },
    source: 'commit 8df9bd0b44: logical replication connections match ordinary records; hba.c check_db',
  },
  {
    from: 110000,
    rules: {
      ldapSearchFilter: true,
      ldapMixWords:
        'cannot use ldapbasedn, ldapbinddn, ldapbindpasswd, ldapsearchattribute, ldapsearchfilter, or ldapurl together with ldapprefix',
    },
    source: 'hba.c REL_11_STABLE parse_hba_line, parse_hba_auth_opt',
  },
  { from: 110021, until: 120000, ...longTokens },
  {
    from: 120000,
    rules: { gssTypes: true, clientcert: 'numbers and words', ldapServerOptional: true },
    source: 'hba.c REL_12_STABLE parse_hba_line, parse_hba_auth_opt',
  },
  { from: 120016, until: 130000, ...longTokens },
  { from: 130000, rules: { cannotInOneWord: true }, source: 'hba.c REL_13_STABLE parse_hba_auth_opt' },
  { from: 130012, until: 140000, ...longTokens },
  {
    from: 140000,
    rules: { continuation: true, lineBuffer: undefined, directoryAsFile: 'no lines' },
    source: 'commit 8f8154a503: backslash continuation, no limit of a line; hba.c tokenize_file',
  },
  {
    from: 140000,
    rules: { clientcert: 'verify words', clientname: true, radiusErrorsInView: true },
    source: 'commits 253f1025da (clientcert) and 6d7a6feac4 (clientname); hba.c REL_14_STABLE',
  },
  {
    from: 140000,
    rules: {
      refusalSaysReplication: 'physical walsender',
      encryptionWords: { tls: 'SSL encryption', plain: 'no encryption' },
    },
    source: 'commit bc617a7b1c; auth.c REL_14_STABLE ClientAuthentication',
  },
  { from: 140009, until: 150000, rules: { tokenBuffer: 10240 }, source: 'release notes of 14.9' },
  { from: 150004, until: 160000, rules: { tokenBuffer: 10240 }, source: 'release notes of 15.4' },
  {
    from: 160000,
    rules: { includeRecords: true, regularExpressions: true },
    source: 'commits a54b658ce7 (include records) and 8fea86830e (regular expressions); hba.c REL_16_STABLE',
  },
  {
    from: 160000,
    rules: { tokenBuffer: undefined },
    source: 'commit 38df84c65e, before the release of 16.0: no limit of a token; 16.14 takes 10240 bytes and more',
  },
  { from: 170000, rules: { dbUserNamespace: false }, source: 'hba.c REL_17_STABLE parse_hba_line' },
  { from: 170000, until: 170001, rules: { namesCut: false }, source: 'release notes of 17.1' },
  {
    from: 180000,
    rules: { oauth: true, ldapMixWords: 'cannot mix options for simple bind and search+bind modes' },
    source: 'hba.c REL_18_STABLE parse_hba_line',
  },
];

/**
 * The rules of one server version.
 * @param version `server_version_num`: 90624 for 9.6.24, 130023 for 13.23. Older than 9.4 is read as 9.4.
 */
export function versionRules(version: number): VersionRules {
  const applying = differences.filter(({ from, until }) => version >= from && (until === undefined || version < until));
  return applying.reduce<VersionRules>((rules, difference) => ({ ...rules, ...difference.rules }), asOf94);
}
