import { parseNumericHost } from './address.ts';
import type { HbaLineType, HbaMethod, HbaOption } from './line.ts';
import type { VersionRules } from './version-rules.ts';

/** The server's words against an option: in its log, and in `pg_hba_file_rules` where those differ (null: nothing). */
export type Refusal = { readonly why: string; readonly inView?: string | null };

/** Nothing against it, the server's words, or why it cannot be known. */
type OptionVerdict = undefined | Refusal | { readonly unknown: string };

type Subject = { readonly type: HbaLineType; readonly method: HbaMethod; readonly rules: VersionRules };
type Check = (value: string, subject: Subject) => OptionVerdict;

/** The option of which the server speaks in the list of methods that may have it. */
function onlyFor(name: string, methods: readonly HbaMethod[], words: string, check?: Check): Check {
  return (value, subject) =>
    methods.includes(subject.method)
      ? check?.(value, subject)
      : { why: `authentication option "${name}" is only valid for authentication methods ${words}` };
}

/** C's `atoi`, of which only zero or not matters here. */
const isZeroNumber = (text: string): boolean => !/^[ \t\n\v\f\r]*[+-]?0*[1-9]/.test(text);

/** Splits a list as `SplitGUCList` does: at commas, blanks around the parts dropped, parts possibly in double quotes. */
function splitList(text: string): string[] | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return [];
  const parts: string[] = [];
  const part = /[ \t\n\v\f\r]*(?:"((?:[^"]|"")*)"|([^",][^,]*))[ \t\n\v\f\r]*(,|$)/y;
  for (let at = 0; at <= trimmed.length; at = part.lastIndex) {
    part.lastIndex = at;
    const found = part.exec(trimmed);
    const bare = found?.[2]?.trim();
    if (!found || (found[1] === undefined && (bare === undefined || bare === '' || /[ \t\n\v\f\r]/.test(bare))))
      return undefined;
    parts.push(found[1]?.replaceAll('""', '"') ?? bare!);
    if (found[3] === '') break;
  }
  return parts;
}

const clientcert: Check = (value, { type, method, rules }) => {
  if (type !== 'hostssl') return { why: 'clientcert can only be configured for "hostssl" rows' };
  const off = rules.clientcert === '0 and 1' ? value !== '1' : value === '0' || value === 'no-verify';
  switch (rules.clientcert) {
    case '0 and 1':
      return off && method === 'cert'
        ? { why: 'clientcert can not be set to 0 when using "cert" authentication' }
        : undefined;
    case 'numbers and words': {
      if (off && method !== 'cert') return undefined;
      const cannot = rules.cannotInOneWord ? 'cannot' : 'can not';
      if (off) return { why: `clientcert ${cannot} be set to "no-verify" when using "cert" authentication` };
      if (['1', 'verify-ca', 'verify-full'].includes(value)) return undefined;
      return { why: `invalid value for clientcert: "${value}"`, inView: null };
    }
    case 'verify words':
      if (value === 'verify-full' || (value === 'verify-ca' && method !== 'cert')) return undefined;
      if (value !== 'verify-ca') return { why: `invalid value for clientcert: "${value}"`, inView: null };
      return {
        why: 'clientcert only accepts "verify-full" when using "cert" authentication',
        inView: 'clientcert can only be set to "verify-full" when using "cert" authentication',
      };
  }
};

const clientname: Check = (value, { type }) => {
  if (type !== 'hostssl') return { why: 'clientname can only be configured for "hostssl" rows' };
  return value === 'CN' || value === 'DN'
    ? undefined
    : { why: `invalid value for clientname: "${value}"`, inView: null };
};

const ldapUrl: Check = (value, { rules }) => {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(value)?.[1]?.toLowerCase();
  const plain = /^ldaps?:\/\/[A-Za-z0-9.-]*(:[0-9]{1,5})?(\/[A-Za-z0-9=,.-]*(\?[A-Za-z0-9]*(\?(sub|one|base)?)?)?)?$/;
  if (!plain.test(value)) return { unknown: `the LDAP URL "${value}"` };
  return scheme === 'ldaps' && !rules.ldapSearchFilter ? { why: 'unsupported LDAP URL scheme: ldaps' } : undefined;
};

const radiusServers: Check = (value, { rules }) => {
  const servers = rules.radiusLists ? splitList(value) : [value];
  if (!servers) return { why: `could not parse RADIUS server list "${value}"`, inView: null };
  const named = servers.find((server) => !parseNumericHost(server));
  return named === undefined ? undefined : { unknown: `whether the RADIUS server "${named}" has an address` };
};

const radiusPorts: Check = (value, { rules }) => {
  const why = `invalid RADIUS port number: "${value}"`;
  const ports = rules.radiusLists ? splitList(value) : [value];
  if (!ports) return { why: `could not parse RADIUS port list "${value}"`, inView: why };
  return ports.some(isZeroNumber) ? { why, inView: null } : undefined;
};

const list =
  (words: string): Check =>
  (value) =>
    splitList(value) ? undefined : { why: `could not parse RADIUS ${words} list "${value}"`, inView: null };

const ldapPort: Check = (value) => (isZeroNumber(value) ? { why: `invalid LDAP port number: "${value}"` } : undefined);

const ldap = (name: string, check?: Check): Check => onlyFor(name, ['ldap'], 'ldap', check);
const radius = (name: string, check?: Check): Check => onlyFor(name, ['radius'], 'radius', check);
const realms = (name: string): Check => onlyFor(name, ['gss', 'sspi'], 'gssapi and sspi');

/** All options that servers of these rules know (hba.c `parse_hba_auth_opt`). */
function optionChecks(rules: VersionRules): ReadonlyMap<string, Check> {
  const mapped: readonly HbaMethod[] = [
    'ident',
    'peer',
    'gss',
    'sspi',
    'cert',
    ...(rules.oauth ? (['oauth'] as const) : []),
  ];
  const mappedWords = rules.oauth
    ? 'ident, peer, gssapi, sspi, cert, and oauth'
    : 'ident, peer, gssapi, sspi, and cert';
  const checks: [string, Check][] = [
    ['map', onlyFor('map', mapped, mappedWords)],
    ['clientcert', clientcert],
    ['pamservice', onlyFor('pamservice', ['pam'], 'pam')],
    ['ldapurl', ldap('ldapurl', ldapUrl)],
    ['ldapport', ldap('ldapport', ldapPort)],
    ...[
      'ldaptls',
      'ldapserver',
      'ldapbinddn',
      'ldapbindpasswd',
      'ldapsearchattribute',
      'ldapbasedn',
      'ldapprefix',
      'ldapsuffix',
    ].map((name): [string, Check] => [name, ldap(name)]),
    ['krb_realm', realms('krb_realm')],
    ['include_realm', realms('include_realm')],
  ];
  if (rules.clientname) checks.push(['clientname', clientname]);
  if (rules.ldapSearchFilter)
    checks.push(['ldapscheme', ldap('ldapscheme')], ['ldapsearchfilter', ldap('ldapsearchfilter')]);
  if (rules.realmOptions) {
    checks.push(['pam_use_hostname', onlyFor('pam_use_hostname', ['pam'], 'pam')]);
    for (const name of ['compat_realm', 'upn_username']) checks.push([name, onlyFor(name, ['sspi'], 'sspi')]);
  }
  const s = rules.radiusLists ? 's' : '';
  checks.push([`radiusserver${s}`, radius(`radiusserver${s}`, radiusServers)]);
  checks.push([`radiusport${s}`, radius(`radiusport${s}`, radiusPorts)]);
  checks.push([`radiussecret${s}`, radius(`radiussecret${s}`, rules.radiusLists ? list('secret') : undefined)]);
  checks.push([
    `radiusidentifier${s}`,
    radius(`radiusidentifier${s}`, rules.radiusLists ? list('identifiers') : undefined),
  ]);
  if (rules.oauth) {
    for (const name of ['issuer', 'scope', 'validator', 'delegate_ident_mapping']) {
      checks.push([name, onlyFor(name, ['oauth'], 'oauth')]);
    }
  }
  return new Map(checks);
}

const missing = (method: HbaMethod, argument: string): Refusal => ({
  why: `authentication method "${method}" requires argument "${argument}" to be set`,
});

function checkLdap(options: ReadonlyMap<string, string>, rules: VersionRules): OptionVerdict {
  const url = options.get('ldapurl');
  const has = (...names: string[]): boolean => names.some((name) => options.has(name));
  const [, host, base, attribute] = /^ldaps?:\/\/([^:/?]*)[^/?]*(?:\/([^?]*))?(?:\?([^?]*))?/.exec(url ?? '') ?? [];
  if (!rules.ldapServerOptional && !has('ldapserver') && !host) return missing('ldap', 'ldapserver');
  if (has('ldapprefix', 'ldapsuffix')) {
    const search = has('ldapbasedn', 'ldapbinddn', 'ldapbindpasswd', 'ldapsearchattribute', 'ldapsearchfilter');
    if (search || base !== undefined || attribute !== undefined) return { why: rules.ldapMixWords };
  } else if (!has('ldapbasedn') && base === undefined) {
    return {
      why: 'authentication method "ldap" requires argument "ldapbasedn", "ldapprefix", or "ldapsuffix" to be set',
    };
  }
  const both = rules.ldapSearchFilter && (has('ldapsearchattribute') || !!attribute) && has('ldapsearchfilter');
  return both ? { why: 'cannot use ldapsearchattribute together with ldapsearchfilter' } : undefined;
}

function checkRadius(options: ReadonlyMap<string, string>, rules: VersionRules): OptionVerdict {
  const s = rules.radiusLists ? 's' : '';
  const lengthOf = (name: string): number => splitList(options.get(name) ?? '')?.length ?? 0;
  for (const argument of [`radiusserver${s}`, `radiussecret${s}`]) {
    // An empty list is a null pointer in the server, as an option that was never set.
    const isSet = rules.radiusLists ? lengthOf(argument) > 0 : options.has(argument);
    if (!isSet) return missing('radius', argument);
  }
  if (!rules.radiusLists) return undefined;
  const inLog = (why: string): Refusal => (rules.radiusErrorsInView ? { why } : { why, inView: null });
  const servers = lengthOf('radiusservers');
  for (const words of ['secrets', 'ports', 'identifiers']) {
    const length = lengthOf(`radius${words}`);
    if (length > 1 && length !== servers) {
      return inLog(
        `the number of RADIUS ${words} (${length}) must be 1 or the same as the number of RADIUS servers (${servers})`,
      );
    }
  }
  return undefined;
}

/** `libraries`: the setting `oauth_validator_libraries` cut at its commas, undefined where it is not known. */
function checkOauth(options: ReadonlyMap<string, string>, libraries: readonly string[] | undefined): OptionVerdict {
  for (const argument of ['scope', 'issuer']) if (!options.has(argument)) return missing('oauth', argument);
  if (!libraries) return { unknown: 'the setting oauth_validator_libraries' };
  const validator = options.get('validator');
  if (libraries.length === 0) {
    return { why: 'oauth_validator_libraries must be set for authentication method oauth' };
  }
  if (validator === undefined && libraries.length > 1) {
    return {
      why: 'authentication method "oauth" requires argument "validator" to be set when oauth_validator_libraries contains multiple options',
    };
  }
  if (validator !== undefined && !libraries.includes(validator)) {
    return { why: `validator "${validator}" is not permitted by oauth_validator_libraries` };
  }
  const mapped = options.get('delegate_ident_mapping') === '1' && options.has('map');
  return mapped ? { why: 'map cannot be used in combination with delegate_ident_mapping' } : undefined;
}

/** Options as read, what the server has against them, and what cannot be known of one before that. */
export type OptionsRead = {
  readonly options: readonly HbaOption[];
  readonly refusal?: Refusal;
  readonly unknown?: string;
};

/**
 * Reads the options of a line and says what the server has against them, in its order: each option by itself, then those that the
 * method must have.
 * @param written the words after the method
 * @param oauthLibraries entries of `oauth_validator_libraries`; undefined where that is not known
 */
export function readOptions(
  written: readonly string[],
  subject: Subject,
  oauthLibraries: readonly string[] | undefined,
): OptionsRead {
  const options: HbaOption[] = [];
  const checks = written.length > 0 ? optionChecks(subject.rules) : new Map<string, Check>();
  let unknown: string | undefined;
  const result = (verdict: OptionVerdict): OptionsRead => {
    if (verdict && 'unknown' in verdict) unknown ??= verdict.unknown;
    const refusal = verdict && 'why' in verdict ? { refusal: verdict } : {};
    return { options, ...refusal, ...(unknown === undefined ? {} : { unknown }) };
  };
  for (const text of written) {
    const equals = text.indexOf('=');
    if (equals < 0) return result({ why: `authentication option not in name=value format: ${text}` });
    const option = { name: text.slice(0, equals), value: text.slice(equals + 1) };
    const check = checks.get(option.name);
    if (!check) return result({ why: `unrecognized authentication option name: "${option.name}"` });
    options.push(option);
    const verdict = check(option.value, subject);
    if (verdict && 'why' in verdict) return result(verdict);
    unknown ??= verdict?.unknown;
  }
  return result(checkTogether(new Map(options.map(({ name, value }) => [name, value])), subject, oauthLibraries));
}

/** What the options of a method must be together. */
function checkTogether(
  options: ReadonlyMap<string, string>,
  { method, rules }: Subject,
  oauthLibraries: readonly string[] | undefined,
): OptionVerdict {
  switch (method) {
    case 'ldap':
      return checkLdap(options, rules);
    case 'radius':
      return checkRadius(options, rules);
    case 'oauth':
      return checkOauth(options, oauthLibraries);
    default:
      return undefined;
  }
}
