import { formatAddress } from '../../src/hba/address.ts';
import type { HbaLine, HbaOption, ParsedHba } from '../../src/hba/index.ts';

/** What `pg_hba_file_rules` shows of a line that the server takes. */
export type RuleRow = {
  readonly file_name?: string;
  readonly line_number: number;
  readonly type: string;
  readonly database: readonly string[];
  readonly user_name: readonly string[];
  readonly address: string | null;
  readonly netmask: string | null;
  readonly auth_method: string;
  readonly options: readonly string[] | null;
};

const ldapOrder = [
  ...[
    'ldapserver',
    'ldapport',
    'ldapscheme',
    'ldaptls',
    'ldapprefix',
    'ldapsuffix',
    'ldapbasedn',
    'ldapbinddn',
    'ldapbindpasswd',
  ],
  ...['ldapsearchattribute', 'ldapsearchfilter'],
];
const radiusOrder = ['radiusservers', 'radiussecrets', 'radiusidentifiers', 'radiusports'];

function last(options: readonly HbaOption[], name: string): string | undefined {
  return options.findLast((option) => option.name === name)?.value;
}

function clientcertShown(line: HbaLine, major: number): string[] {
  const value = last(line.options, 'clientcert');
  const on = line.method === 'cert' || value === '1' || value === 'verify-ca' || value === 'verify-full';
  if (!on) return [];
  if (major < 12) return ['clientcert=true'];
  const full = line.method === 'cert' || value === 'verify-full';
  return [`clientcert=${full ? 'verify-full' : 'verify-ca'}`];
}

/** The options as the view shows them, in its order (hbafuncs.c `get_hba_options`). */
function optionsShown(line: HbaLine, major: number): string[] | null {
  const { options, method } = line;
  const named = (name: string): string[] => {
    const value = last(options, name);
    return value === undefined ? [] : [`${name}=${value}`];
  };
  const realm = method === 'gss' || method === 'sspi';
  const includeRealm = realm && (last(options, 'include_realm') ?? '1') === '1' ? ['include_realm=true'] : [];
  const ldap = ldapOrder.flatMap((name) => {
    if (name === 'ldaptls') return last(options, name) === '1' ? ['ldaptls=true'] : [];
    return name === 'ldapscheme' && major < 18 ? [] : named(name);
  });
  const shown = [
    ...includeRealm,
    ...(realm ? named('krb_realm') : []),
    ...named('map'),
    ...clientcertShown(line, major),
    ...named('pamservice'),
    ...(method === 'ldap' ? [...ldap, 'ldapscope=2'] : []),
    ...(method === 'radius' ? radiusOrder.flatMap(named) : []),
  ];
  return shown.length > 0 ? shown : null;
}

/** The view's rows for the lines of a file. */
export function ruleRows(hba: ParsedHba, major: number): RuleRow[] {
  return hba.lines.map((line) => {
    const { address } = line;
    const network = address?.kind === 'network' ? address.written : undefined;
    const name = address?.kind === 'host-name' ? address.name : (address?.kind ?? null);
    return {
      ...(major >= 16 ? { file_name: line.file } : {}),
      line_number: line.line,
      type: line.type,
      database: line.databases.map((token) => token.text),
      user_name: line.users.map((token) => token.text),
      address: network ? formatAddress(network) : name,
      netmask: network ? formatAddress({ family: network.family, value: network.mask }) : null,
      auth_method: line.method,
      options: optionsShown(line, major),
    };
  });
}
