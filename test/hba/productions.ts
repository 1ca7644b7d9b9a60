/** The grammar of pg_hba.conf by its productions, with texts for each. */

/** A piece of a file and the productions of the grammar that it exercises. */
export type Piece = { readonly text: string; readonly uses: readonly string[] };

/** A production with texts for it, and the major versions that have it. */
export type Production = {
  readonly use: string;
  readonly texts: readonly string[];
  readonly since?: number;
  readonly until?: number;
};

/** What our engine does not evaluate: a file with it has no certain verdict, so that no random file holds it. */
export const unsureExpressions: readonly Production[] = [
  {
    use: 'database expression unsure',
    texts: ['/(?=o)ord', '/\\yapp\\y', '"/(o)rders\\1?"', '/[[.o.]]rders', '/***=orders', '/ö'],
    since: 16,
  },
];

export const longName = `long_${'x'.repeat(65)}`;

export const types: readonly Production[] = [
  { use: 'type local', texts: ['local'] },
  { use: 'type host', texts: ['host', 'host', 'host', '"host"', 'ho"st"'] },
  { use: 'type hostssl', texts: ['hostssl'] },
  { use: 'type hostnossl', texts: ['hostnossl'] },
  { use: 'type hostgssenc', texts: ['hostgssenc'], since: 12 },
  { use: 'type hostnogssenc', texts: ['hostnogssenc'], since: 12 },
];

export const databases: readonly Production[] = [
  { use: 'database all', texts: ['all', 'al"l"'] },
  { use: 'database "all"', texts: ['"all"', '""all'] },
  { use: 'database sameuser', texts: ['sameuser'] },
  { use: 'database samerole', texts: ['samerole'] },
  { use: 'database samegroup', texts: ['samegroup'] },
  { use: 'database replication', texts: ['replication'] },
  { use: 'database "replication"', texts: ['"replication"'] },
  { use: 'database name', texts: ['orders', '"orders"', 'or"der"s', 'Orders', 'app', longName, longName.slice(0, 63)] },
  { use: 'database with quote', texts: ['"or""ders"'] },
  { use: 'database quoted comma', texts: ['"a,b"'] },
  { use: 'database quoted blank', texts: ['"sp ace"', 'sp" "ace'] },
  { use: 'database empty', texts: ['""'] },
  { use: 'database +name', texts: ['+x'] },
  {
    use: 'database list',
    texts: ['orders,app', 'orders, app', ',orders', 'app,,orders', 'orders,"all"', 'replication,app'],
  },
  { use: 'database @file', texts: ['@words/databases', '@"words/databases"', 'app,@words/databases'] },
  { use: 'database "@file"', texts: ['"@words/databases"', '@'] },
  { use: 'database /name', texts: ['/^ord'], until: 15 },
  {
    use: 'database expression',
    texts: [
      '/^ord',
      '/rd.*s$',
      '"/^(orders|app)$"',
      '/^[a-d]+',
      '/^.{3}$',
      '"/^\\w+\\sace$"',
      '/x|^a',
      '"/^or""d"',
      '/',
    ],
    since: 16,
  },
];

export const users: readonly Production[] = [
  { use: 'user all', texts: ['all', 'a"ll"'] },
  { use: 'user "all"', texts: ['"all"'] },
  { use: 'user name', texts: ['dms', '"dms"', 'd"m"s', 'Dms', 'app', 'boss', 'stranger', longName.slice(0, 63)] },
  { use: 'user +role', texts: ['+inner', '+outer', '+dms', '+missing', '+orders', '+boss'] },
  { use: 'user "+role"', texts: ['"+inner"'] },
  { use: 'user list', texts: ['dms,app', 'app, dms', 'boss,+inner'] },
  { use: 'user @file', texts: ['@words/users', 'boss,@words/users'] },
  { use: 'user expression', texts: ['/^d', '"/^(dms|boss)$"', '/^[^d]', '/ms$', '/^D?m?s?$'], since: 16 },
];

export const addresses: readonly Production[] = [
  { use: 'address all', texts: ['all'] },
  { use: 'address samehost', texts: ['samehost'] },
  { use: 'address samenet', texts: ['samenet'] },
  { use: 'address IPv4 CIDR', texts: ['127.0.0.1/32', '127.0.0.0/8', '127.16.0.0/12', '127.0.0.0/9', '10.0.0.0/8'] },
  { use: 'address IPv4 CIDR with host bits', texts: ['127.1.2.3/16', '127.1.2.3/8', '127.255.255.254/31'] },
  { use: 'address 0.0.0.0/0', texts: ['0.0.0.0/0', '0.0.0.0/00', '1.2.3.4/0'] },
  { use: 'address odd prefix length', texts: ['127.0.0.0/+8', '127.0.0.0/08', '"127.0.0.0/ 8"'] },
  {
    use: 'address IPv4 mask',
    texts: ['127.0.0.0 255.0.0.0', '127.1.2.3 255.255.0.0', '127.0.0.1 255.255.255.255', '0.0.0.0 0.0.0.0'],
  },
  { use: 'address mask with holes', texts: ['127.0.0.1 255.0.0.255', '127.0.2.0 255.0.255.0', '0.0.0.3 0.0.0.3'] },
  {
    use: 'address inet_aton',
    texts: ['127.1/32', '0177.0.0.1/32', '0x7f.1/32', '2130706433/32', '127.66051/32', '127.1 0xffffffff'],
  },
  { use: 'address IPv6 CIDR', texts: ['::1/128', '::/0', 'fe80::/10', '::ffff:127.0.0.0/104', '2001:DB8::/32'] },
  { use: 'address IPv6 mask', texts: ['::1 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '::1 ::1', ':: ::'] },
];

/** With a host name in a file the server looks names up, and only addresses of which we know what it finds can be tried. */
export const hostNames: readonly Production[] = [
  { use: 'address host name', texts: ['localhost', 'LocalHost', 'nowhere.invalid', '"all"', '""', '300.1.1.1'] },
  { use: 'address host name suffix', texts: ['.invalid', '.localhost', '.ocalhost', '.'] },
];

/** Addresses of the loopback network from which connections come. */
export const clients: readonly string[] = [
  '127.0.0.1',
  '127.0.0.2',
  '127.1.2.3',
  '127.16.5.6',
  '127.31.255.1',
  '127.255.255.254',
];

export const methods: readonly Production[] = [
  { use: 'method trust', texts: ['trust'] },
  { use: 'method reject', texts: ['reject'] },
  { use: 'method password', texts: ['password', 'password', '"password"'] },
  { use: 'method md5', texts: ['md5', 'md5', 'md5'] },
  { use: 'method scram-sha-256', texts: ['scram-sha-256'] },
  { use: 'method ident', texts: ['ident', 'ident map=m'] },
  {
    use: 'method radius',
    texts: [
      'radius radiusservers=127.0.0.1 radiussecrets=s',
      'radius radiusservers="127.0.0.1,::1" radiussecrets="a,b" radiusports="1812" radiusidentifiers=x',
    ],
  },
  {
    use: 'method ldap',
    texts: ['ldap ldapserver=127.0.0.1 ldapprefix="cn="', 'ldap ldapserver=h ldapbasedn="dc=a"'],
    until: 10,
  },
];

export const sslMethods: readonly Production[] = [
  { use: 'method cert', texts: ['cert', 'cert map=m'] },
  { use: 'option clientcert', texts: ['md5 clientcert=1', 'password clientcert=0'], until: 13 },
  {
    use: 'option clientcert words',
    texts: ['md5 clientcert=verify-ca', 'password clientcert=no-verify'],
    since: 12,
    until: 13,
  },
  { use: 'option clientcert verify', texts: ['md5 clientcert=verify-ca', 'trust clientcert=verify-full'], since: 14 },
  { use: 'option clientname', texts: ['md5 clientname=CN', 'cert clientname=DN'], since: 14 },
];

export const localMethods: readonly Production[] = [
  { use: 'method peer', texts: ['peer', 'ident', 'peer map=m', 'trust', 'reject'] },
];

/** Text of fields put together into a line. */
export type Layout = {
  readonly use: string;
  readonly since?: number;
  readonly until?: number;
  join(fields: readonly string[]): string;
};

export const layouts: readonly Layout[] = [
  { use: 'layout blanks', join: (fields) => fields.join(' ') },
  { use: 'layout tabs', join: (fields) => fields.join('\t') },
  { use: 'layout indented', join: (fields) => `  \t${fields.join('   ')}  ` },
  { use: 'layout comment', join: (fields) => `${fields.join(' ')} # all all all reject` },
  { use: 'layout comment in a word', join: (fields) => `${fields.join(' ')}#comment` },
  { use: 'layout carriage return', join: (fields) => `${fields.join(' ')}\r` },
  { use: 'layout commas before', join: (fields) => `, ,${fields.join(' ')}` },
  { use: 'layout commas between', join: (fields) => `${fields[0]!} ,${fields.slice(1).join(' ,')}` },
  {
    use: 'layout open quote',
    join: (fields) => `${fields.slice(0, -1).join(' ')} ${fields.at(-1)!.replace(/(\S+)$/, '"$1')}`,
  },
  { use: 'layout continuation', since: 14, join: (fields) => fields.join(' \\\n  ') },
  {
    use: 'layout continuation in a word',
    since: 14,
    join: (fields) => `${fields[0]!.slice(0, 2)}\\\n${fields.join(' ').slice(2)}`,
  },
  {
    use: 'layout continued comment',
    since: 14,
    join: (fields) => `${fields.join(' ')} # more\\\nhost all all all reject`,
  },
  { use: 'layout two backslashes', since: 14, join: (fields) => `${fields.join(' ')} \\\n\\\n` },
];

/** Pieces of lines in disorder; most of it the server refuses, and says why. */
export const fragments: readonly string[] = [
  ...[
    'host',
    'hostssl',
    'local',
    'hostgssenc',
    'all',
    'orders',
    'dms',
    '"all"',
    '+r',
    'md5',
    'trust',
    'peer',
    'cert',
    'ident',
    'gss',
    'pam',
  ],
  ...[
    'sspi',
    'bsd',
    'ldap',
    'radius',
    'oauth',
    'scram-sha-256',
    'scram',
    'MD5',
    'reject',
    '10.0.0.0/8',
    '10.1.2.3',
    '255.0.0.0',
    '::1/128',
    '::1',
  ],
  ...[
    '10.0.0.0/33',
    '10.0.0.0/x',
    '10.0.0.0/',
    '/8',
    'db1/32',
    '::/129',
    '10.0.0.0/8/8',
    '256.1.1.1',
    'samehost',
    'samenet',
    '.example',
  ],
  ...[
    'map=m',
    'map',
    '=',
    'clientcert=1',
    'clientcert=0',
    'clientcert=verify-ca',
    'clientcert=verify-full',
    'clientcert=no-verify',
    'clientcert=x',
  ],
  ...[
    'clientname=CN',
    'clientname=x',
    'pamservice=p',
    'pam_use_hostname=1',
    'include_realm=0',
    'krb_realm=R',
    'compat_realm=1',
    'unknown=1',
  ],
  ...[
    'ldapserver=h',
    'ldapbasedn=b',
    'ldapprefix=p',
    'ldapport=0',
    'ldapport=389',
    'ldapsearchfilter=f',
    'ldapsearchattribute=a',
    'ldaptls=1',
    'ldapscheme=ldaps',
  ],
  ...[
    'ldapurl=ldap://h/b',
    'ldapurl=ldaps://h/b',
    'radiusservers=127.0.0.1',
    'radiusserver=127.0.0.1',
    'radiussecrets=s',
    '"radiussecrets=a,b"',
  ],
  ...[
    'radiusports=0',
    'radiusports=x',
    '"radiusservers=127.0.0.1,127.0.0.2"',
    'radiusservers=""',
    'radiussecrets=',
    '"radiusidentifiers=a,b,c"',
    'radiussecrets=","',
  ],
  ...[
    'issuer=i',
    'scope=s',
    'validator=v',
    '@words/users',
    '@words/missing',
    '@words/empty',
    '@"',
    '/(',
    '/[a',
    '/a**',
    '/a{2,1}',
    '/[b-a]',
    '/\\',
    '/)',
    '"/a,b"',
    '/a|*',
  ],
  ...[
    'include',
    'include_dir',
    'include_if_exists',
    'included/missing',
    'words',
    'words/users',
    '@words',
    '@words/users/x',
    '""',
    '"',
    ',',
    ' ,',
    ', ',
    '#',
    '\\',
    'x'.repeat(255),
    'x'.repeat(256),
  ],
];
