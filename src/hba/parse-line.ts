import { block } from './address-set.ts';
import { parseNumericHost, prefixMask, widthOf, type Address } from './address.ts';
import { readOptions, type Refusal } from './authentication-options.ts';
import type { HbaAddress, HbaLine, HbaLineType, HbaMethod } from './line.ts';
import { parseExpression } from './expression-syntax.ts';
import type { HbaToken } from './token.ts';
import type { TokenizedLine } from './tokenize.ts';
import type { VersionRules } from './version-rules.ts';

/** What the server's settings and build say about lines; left out where it is not known. */
export type HbaSettings = {
  /** `ssl`; it matters to parsing up to 9.6, where a `hostssl` line without it makes the server refuse the file. */
  readonly sslEnabled?: boolean;
  /** `db_user_namespace` (up to 16), off where it is not given; it forbids `md5`. */
  readonly dbUserNamespace?: boolean;
  /** Entries of `oauth_validator_libraries` (from 18). */
  readonly oauthValidatorLibraries?: readonly string[];
  /**
   * Methods that the build lacks. Where it is not given: `gss`, `pam`, `ldap` and `cert`, which the usual packages have, are taken
   * for built in, and whether `sspi` and `bsd` are is unknown.
   */
  readonly methodsNotBuiltIn?: readonly HbaMethod[];
};

/** The line that the server took, or what it refused it for, and what cannot be known of it. */
export type LineVerdict = {
  readonly line?: HbaLine;
  readonly refusal?: Refusal;
  /** With a refusal: the server may have refused the line earlier, and in other words. */
  readonly unknown?: string;
};

const types: ReadonlySet<string> = new Set(['local', 'host', 'hostssl', 'hostnossl']);
const gssTypes: ReadonlySet<string> = new Set(['hostgssenc', 'hostnogssenc']);
const methods: ReadonlySet<string> = new Set([
  ...['reject', 'trust', 'ident', 'password', 'md5', 'scram-sha-256', 'gss', 'sspi'],
  ...['pam', 'bsd', 'ldap', 'cert', 'radius', 'peer', 'oauth'],
]);

/** Thrown within this file only: the server refuses the line in these words. */
class Refused extends Error {}

function isType(text: string, rules: VersionRules): text is HbaLineType {
  return types.has(text) || (rules.gssTypes && gssTypes.has(text));
}

function isMethod(text: string, rules: VersionRules): text is HbaMethod {
  const later = { 'scram-sha-256': rules.scram, bsd: rules.bsd, oauth: rules.oauth };
  return methods.has(text) && (!Object.hasOwn(later, text) || later[text as keyof typeof later]);
}

/** C's `strtol` in base 10 over the whole text: blanks and a sign before the digits. */
function cLong(text: string): number | undefined {
  return /^[ \t\n\v\f\r]*[+-]?[0-9]+$/.test(text) ? Number(text.trim()) : undefined;
}

/** Takes the fields of a line one by one. */
class Fields {
  #fields: TokenizedLine['fields'];
  #at = 0;

  constructor(fields: TokenizedLine['fields']) {
    this.#fields = fields;
  }

  list(what: string): readonly HbaToken[] {
    const field = this.#fields[this.#at++];
    if (!field) throw new Refused(`end-of-line before ${what}`);
    return field;
  }

  single(what: string, plural: string): HbaToken {
    const field = this.list(what);
    if (field.length > 1) throw new Refused(`multiple values specified for ${plural}`);
    return field[0]!;
  }

  rest(): readonly HbaToken[] {
    return this.#fields.slice(this.#at).flat();
  }
}

/** Names with their regular expressions, from 16 on wherever the first character is a slash, quoted or not. */
function withExpressions(tokens: readonly HbaToken[], rules: VersionRules): readonly HbaToken[] {
  if (!rules.regularExpressions) return tokens;
  return tokens.map((token) => {
    if (!token.text.startsWith('/')) return token;
    const expression = parseExpression(token.text.slice(1));
    if (expression.kind === 'invalid') {
      throw new Refused(`invalid regular expression "${token.text.slice(1)}": ${expression.error}`);
    }
    return { ...token, expression };
  });
}

function parseMask(address: Address, fields: Fields): bigint {
  const token = fields.single('netmask specification', 'netmask');
  const mask = parseNumericHost(token.text);
  if (!mask) throw new Refused(`invalid IP mask "${token.text}": Name or service not known`);
  if (mask.family !== address.family) throw new Refused('IP address and mask do not match');
  return mask.value;
}

function parseAddress(fields: Fields): HbaAddress {
  const { text, quoted } = fields.single('IP address specification', 'host address');
  if (!quoted && (text === 'all' || text === 'samehost' || text === 'samenet')) return { kind: text };
  const slash = text.indexOf('/');
  const host = slash < 0 ? text : text.slice(0, slash);
  const address = parseNumericHost(host);
  if (!address) {
    if (slash >= 0) throw new Refused(`specifying both host name and CIDR mask is invalid: "${text}"`);
    return { kind: 'host-name', name: host };
  }
  const { family, value } = address;
  let mask: bigint;
  if (slash < 0) {
    mask = parseMask(address, fields);
  } else {
    const length = cLong(text.slice(slash + 1));
    if (length === undefined || length < 0 || length > widthOf(family)) {
      throw new Refused(`invalid CIDR mask in address "${text}"`);
    }
    mask = prefixMask(family, length);
  }
  return { kind: 'network', network: block(family, value, mask), written: { family, value, mask } };
}

function parseMethod(fields: Fields, type: HbaLineType, rules: VersionRules, settings: HbaSettings): HbaMethod {
  const { text } = fields.single('authentication method', 'authentication type');
  if (text === 'md5' && rules.dbUserNamespace && settings.dbUserNamespace) {
    throw new Refused('MD5 authentication is not supported when "db_user_namespace" is enabled');
  }
  if (!isMethod(text, rules)) throw new Refused(`invalid authentication method "${text}"`);
  if (settings.methodsNotBuiltIn?.includes(text)) {
    throw new Refused(`invalid authentication method "${text}": not supported by this build`);
  }
  if (type === 'local' && text === 'ident') return 'peer';
  if (type === 'local' && text === 'gss') throw new Refused('gssapi authentication is not supported on local sockets');
  if (type !== 'local' && text === 'peer') {
    throw new Refused('peer authentication is only supported on local sockets');
  }
  if (type !== 'hostssl' && text === 'cert') {
    throw new Refused('cert authentication is only supported on hostssl connections');
  }
  return text;
}

/** What cannot be known of names with regular expressions that we do not evaluate. */
function doubtOf(tokens: readonly HbaToken[]): string | undefined {
  const unsure = tokens.find((token) => token.expression?.kind === 'unsure')?.expression;
  return unsure?.kind === 'unsure' ? `whether the server takes ${unsure.why}` : undefined;
}

/** What cannot be known of a line because settings or the build are not. */
function doubtOfServer(line: HbaLine, rules: VersionRules, settings: HbaSettings): string | undefined {
  if (line.type === 'hostssl' && rules.hostsslWithoutSsl === 'file refused' && settings.sslEnabled === undefined) {
    return 'whether "ssl" is on: while it is off, this server refuses a file with a hostssl line';
  }
  if (!settings.methodsNotBuiltIn && (line.method === 'sspi' || line.method === 'bsd')) {
    return `whether the server was built with the authentication method "${line.method}"`;
  }
  return undefined;
}

/**
 * Reads the fields of one line (hba.c `parse_hba_line`).
 * @returns the line, the server's refusal of it, or what cannot be known of it (with the line that it would be)
 */
export function parseLine(tokenized: TokenizedLine, rules: VersionRules, settings: HbaSettings): LineVerdict {
  const fields = new Fields(tokenized.fields);
  let unknown: string | undefined;
  const refused = (refusal: Refusal): LineVerdict => (unknown === undefined ? { refusal } : { refusal, unknown });
  try {
    const type = fields.single('connection type', 'connection type').text;
    if (!isType(type, rules)) throw new Refused(`invalid connection type "${type}"`);
    if (type === 'hostssl' && rules.hostsslWithoutSsl === 'file refused' && settings.sslEnabled === false) {
      throw new Refused('hostssl requires SSL to be turned on');
    }
    const databases = withExpressions(fields.list('database specification'), rules);
    unknown ??= doubtOf(databases);
    const users = withExpressions(fields.list('role specification'), rules);
    unknown ??= doubtOf(users);
    const address = type === 'local' ? undefined : parseAddress(fields);
    const method = parseMethod(fields, type, rules, settings);
    const written = fields.rest().map((token) => token.text);
    const { options, ...read } = readOptions(written, { type, method, rules }, settings.oauthValidatorLibraries);
    unknown ??= read.unknown;
    if (read.refusal) return refused(read.refusal);
    const { file, line: number, height, text } = tokenized;
    const line = { file, line: number, height, text, type, databases, users, address, method, options };
    unknown ??= doubtOfServer(line, rules, settings);
    return unknown === undefined ? { line } : { line, unknown };
  } catch (error) {
    if (error instanceof Refused) return refused({ why: error.message });
    throw error;
  }
}
