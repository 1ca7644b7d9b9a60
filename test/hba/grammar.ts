import * as fc from 'fast-check';
import type { ConnectionAttempt } from '../../src/hba/index.ts';
import type { FileTree } from './memory-files.ts';

/** A piece of a file and the productions of the grammar that it exercises. */
export type Piece = { readonly text: string; readonly uses: readonly string[] };

/** A production with texts for it, and the major versions that have it. */
type Production = { readonly use: string; readonly texts: readonly string[]; readonly since?: number; readonly until?: number };

/** What our engine does not evaluate: a file with it has no certain verdict, so that no random file holds it. */
const unsureExpressions: readonly Production[] = [
  {
    use: 'database expression unsure',
    texts: ['/(?=o)ord', '/\\yapp\\y', '"/(o)rders\\1?"', '/[[.o.]]rders', '/***=orders', '/ö'],
    since: 16,
  },
];

const longName = `long_${'x'.repeat(65)}`;

const types: readonly Production[] = [
  { use: 'type local', texts: ['local'] },
  { use: 'type host', texts: ['host', 'host', 'host', '"host"', 'ho"st"'] },
  { use: 'type hostssl', texts: ['hostssl'] },
  { use: 'type hostnossl', texts: ['hostnossl'] },
  { use: 'type hostgssenc', texts: ['hostgssenc'], since: 12 },
  { use: 'type hostnogssenc', texts: ['hostnogssenc'], since: 12 },
];

const databases: readonly Production[] = [
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
  { use: 'database list', texts: ['orders,app', 'orders, app', ',orders', 'app,,orders', 'orders,"all"', 'replication,app'] },
  { use: 'database @file', texts: ['@words/databases', '@"words/databases"', 'app,@words/databases'] },
  { use: 'database "@file"', texts: ['"@words/databases"', '@'] },
  { use: 'database /name', texts: ['/^ord'], until: 15 },
  {
    use: 'database expression',
    texts: ['/^ord', '/rd.*s$', '"/^(orders|app)$"', '/^[a-d]+', '/^.{3}$', '"/^\\w+\\sace$"', '/x|^a', '"/^or""d"', '/'],
    since: 16,
  },
];

const users: readonly Production[] = [
  { use: 'user all', texts: ['all', 'a"ll"'] },
  { use: 'user "all"', texts: ['"all"'] },
  { use: 'user name', texts: ['dms', '"dms"', 'd"m"s', 'Dms', 'app', 'boss', 'stranger', longName.slice(0, 63)] },
  { use: 'user +role', texts: ['+inner', '+outer', '+dms', '+missing', '+orders', '+boss'] },
  { use: 'user "+role"', texts: ['"+inner"'] },
  { use: 'user list', texts: ['dms,app', 'app, dms', 'boss,+inner'] },
  { use: 'user @file', texts: ['@words/users', 'boss,@words/users'] },
  { use: 'user expression', texts: ['/^d', '"/^(dms|boss)$"', '/^[^d]', '/ms$', '/^D?m?s?$'], since: 16 },
];

const addresses: readonly Production[] = [
  { use: 'address all', texts: ['all'] },
  { use: 'address samehost', texts: ['samehost'] },
  { use: 'address samenet', texts: ['samenet'] },
  { use: 'address IPv4 CIDR', texts: ['127.0.0.1/32', '127.0.0.0/8', '127.16.0.0/12', '127.0.0.0/9', '10.0.0.0/8'] },
  { use: 'address IPv4 CIDR with host bits', texts: ['127.1.2.3/16', '127.1.2.3/8', '127.255.255.254/31'] },
  { use: 'address 0.0.0.0/0', texts: ['0.0.0.0/0', '0.0.0.0/00', '1.2.3.4/0'] },
  { use: 'address odd prefix length', texts: ['127.0.0.0/+8', '127.0.0.0/08', '"127.0.0.0/ 8"'] },
  { use: 'address IPv4 mask', texts: ['127.0.0.0 255.0.0.0', '127.1.2.3 255.255.0.0', '127.0.0.1 255.255.255.255', '0.0.0.0 0.0.0.0'] },
  { use: 'address mask with holes', texts: ['127.0.0.1 255.0.0.255', '127.0.2.0 255.0.255.0', '0.0.0.3 0.0.0.3'] },
  { use: 'address inet_aton', texts: ['127.1/32', '0177.0.0.1/32', '0x7f.1/32', '2130706433/32', '127.66051/32', '127.1 0xffffffff'] },
  { use: 'address IPv6 CIDR', texts: ['::1/128', '::/0', 'fe80::/10', '::ffff:127.0.0.0/104', '2001:DB8::/32'] },
  { use: 'address IPv6 mask', texts: ['::1 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '::1 ::1', ':: ::'] },
];

/** With a host name in a file the server looks names up, and only addresses of which we know what it finds can be tried. */
const hostNames: readonly Production[] = [
  { use: 'address host name', texts: ['localhost', 'LocalHost', 'nowhere.invalid', '"all"', '""', '300.1.1.1'] },
  { use: 'address host name suffix', texts: ['.invalid', '.localhost', '.ocalhost', '.'] },
];

/** Addresses of the loopback network from which connections come. */
const clients: readonly string[] = ['127.0.0.1', '127.0.0.2', '127.1.2.3', '127.16.5.6', '127.31.255.1', '127.255.255.254'];

const methods: readonly Production[] = [
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
  { use: 'method ldap', texts: ['ldap ldapserver=127.0.0.1 ldapprefix="cn="', 'ldap ldapserver=h ldapbasedn="dc=a"'], until: 10 },
];

const sslMethods: readonly Production[] = [
  { use: 'method cert', texts: ['cert', 'cert map=m'] },
  { use: 'option clientcert', texts: ['md5 clientcert=1', 'password clientcert=0'], until: 13 },
  { use: 'option clientcert words', texts: ['md5 clientcert=verify-ca', 'password clientcert=no-verify'], since: 12, until: 13 },
  { use: 'option clientcert verify', texts: ['md5 clientcert=verify-ca', 'trust clientcert=verify-full'], since: 14 },
  { use: 'option clientname', texts: ['md5 clientname=CN', 'cert clientname=DN'], since: 14 },
];

const localMethods: readonly Production[] = [{ use: 'method peer', texts: ['peer', 'ident', 'peer map=m', 'trust', 'reject'] }];

/** Text of fields put together into a line. */
type Layout = { readonly use: string; readonly since?: number; readonly until?: number; join(fields: readonly string[]): string };

const layouts: readonly Layout[] = [
  { use: 'layout blanks', join: (fields) => fields.join(' ') },
  { use: 'layout tabs', join: (fields) => fields.join('\t') },
  { use: 'layout indented', join: (fields) => `  \t${fields.join('   ')}  ` },
  { use: 'layout comment', join: (fields) => `${fields.join(' ')} # all all all reject` },
  { use: 'layout comment in a word', join: (fields) => `${fields.join(' ')}#comment` },
  { use: 'layout carriage return', join: (fields) => `${fields.join(' ')}\r` },
  { use: 'layout commas before', join: (fields) => `, ,${fields.join(' ')}` },
  { use: 'layout commas between', join: (fields) => `${fields[0]!} ,${fields.slice(1).join(' ,')}` },
  { use: 'layout open quote', join: (fields) => `${fields.slice(0, -1).join(' ')} ${fields.at(-1)!.replace(/(\S+)$/, '"$1')}` },
  { use: 'layout continuation', since: 14, join: (fields) => fields.join(' \\\n  ') },
  { use: 'layout continuation in a word', since: 14, join: (fields) => `${fields[0]!.slice(0, 2)}\\\n${fields.join(' ').slice(2)}` },
  { use: 'layout continued comment', since: 14, join: (fields) => `${fields.join(' ')} # more\\\nhost all all all reject` },
  { use: 'layout two backslashes', since: 14, join: (fields) => `${fields.join(' ')} \\\n\\\n` },
];

const isIn = ({ since = 0, until = 99 }: { since?: number; until?: number }, major: number): boolean =>
  major >= since && major <= until;

function pieces(productions: readonly Production[], major: number): Piece[] {
  return productions.filter((production) => isIn(production, major)).flatMap(({ use, texts }) =>
    texts.map((text) => ({ text, uses: [use] })),
  );
}

function methodsFor(type: string, major: number): Piece[] {
  if (type.includes('local')) return pieces(localMethods, major);
  return pieces(type === 'hostssl' ? [...methods, ...sslMethods] : methods, major);
}

/** A line and what it names that it could not be read without. */
function lineOf(layout: Layout, parts: readonly Piece[]): Piece {
  return { text: layout.join(parts.map((part) => part.text)), uses: [layout.use, ...parts.flatMap((part) => part.uses)] };
}

const randomCidr = fc
  .tuple(fc.constantFrom(...clients), fc.integer({ min: 0, max: 32 }))
  .map(([client, length]): Piece => ({ text: `${client}/${length}`, uses: ['address IPv4 CIDR with host bits'] }));

/** Any piece, and more often those that speak of many connections. */
function oftenBroad(all: readonly Piece[], broad: readonly string[]): fc.Arbitrary<Piece> {
  const often = all.filter((piece) => broad.includes(piece.text));
  return fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...all) }, { weight: 4, arbitrary: fc.constantFrom(...often) });
}

/** Lines that the server takes. */
export function validLine(major: number): fc.Arbitrary<Piece> {
  const layout = fc.constantFrom(...layouts.filter((each) => isIn(each, major)));
  const address = fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...pieces(addresses, major)) },
    { weight: 18, arbitrary: randomCidr },
    { weight: 1, arbitrary: fc.constantFrom(...pieces(hostNames, major)) },
  );
  return fc.constantFrom(...pieces(types, major)).chain((type) =>
    fc
      .tuple(
        layout,
        oftenBroad(pieces(databases, major), ['all', 'orders,app', 'replication,app', 'sameuser', 'samerole']),
        oftenBroad(pieces(users, major), ['all', 'dms,app', '+inner', 'dms']),
        address,
        fc.constantFrom(...methodsFor(type.text, major)),
      )
      .map(([how, database, user, where, method]) =>
        lineOf(how, type.text === 'local' ? [type, database, user, method] : [type, database, user, where, method]),
      ),
  );
}

/** A file and the files that it includes. */
export type HbaTree = { readonly tree: FileTree; readonly uses: readonly string[] };

type Entry = { readonly kind: 'line' | 'include' | 'include_if_exists' | 'include_dir'; readonly lines: readonly Piece[] };

const words: FileTree = {
  'words/databases': '# databases\norders, app\n\n"a,b"  @more\n',
  'words/more': '@"empty"\nreplication\n',
  'words/empty': '# none\n',
  'words/users': 'dms\tboss\n+inner,"+outer"\n',
};

/** Writes entries as files; those that are included in folders of their own. */
export function treeOf(entries: readonly Entry[]): HbaTree {
  const tree: Record<string, string> = { ...words };
  const main: string[] = [];
  const uses: string[] = [];
  for (const [index, { kind, lines }] of entries.entries()) {
    const text = lines.map((line) => `${line.text}\n`).join('');
    uses.push(...lines.flatMap((line) => line.uses), ...(kind === 'line' ? [] : [kind]));
    if (kind === 'line') {
      main.push(text);
    } else if (kind === 'include_dir') {
      tree[`included/${index}/b.conf`] = text.replaceAll('words/', '../../words/');
      tree[`included/${index}/a.conf`] = '# first, and empty\n';
      tree[`included/${index}/.hidden.conf`] = 'broken\n';
      tree[`included/${index}/other.txt`] = 'broken\n';
      main.push(`include_dir included/${index}\n`);
    } else {
      tree[`included/${index}/some file`] = text.replaceAll('words/', '../../words/');
      main.push(`"${kind}" "included/${index}/some file"\n`);
      if (kind === 'include_if_exists') main.push('include_if_exists included/missing\n');
    }
  }
  tree['pg_hba.conf'] = main.join('');
  return { tree, uses };
}

/** Files that the server takes. */
export function validTree(major: number): fc.Arbitrary<HbaTree> {
  const line = validLine(major);
  const single = line.map((piece): Entry => ({ kind: 'line', lines: [piece] }));
  const included = fc.record({
    kind: fc.constantFrom('include' as const, 'include_if_exists' as const, 'include_dir' as const),
    lines: fc.array(line, { minLength: 1, maxLength: 4 }),
  });
  const entry = major >= 16 ? fc.oneof({ weight: 5, arbitrary: single }, { weight: 1, arbitrary: included }) : single;
  return fc.array(entry, { minLength: 1, maxLength: 14 }).map(treeOf);
}

/** One file after another that hold, together, every production of a version. */
export function everyProduction(major: number): HbaTree[] {
  const at = <T>(list: readonly T[], index: number): T => list[index % list.length]!;
  const plain = layouts[0]!;
  const host: Piece = { text: 'host', uses: ['type host'] };
  const [someDatabases, someUsers, someAddresses] = [databases, users, addresses].map((list) => pieces(list, major)) as [
    Piece[],
    Piece[],
    Piece[],
  ];
  const lines: Piece[] = [
    ...someDatabases.map((piece, index) => lineOf(plain, [host, piece, at(someUsers, index), at(someAddresses, index), at(pieces(methods, major), index)])),
    ...someUsers.map((piece, index) => lineOf(plain, [host, at(someDatabases, 3 * index), piece, at(someAddresses, 5 * index), at(pieces(methods, major), index)])),
    ...someAddresses.map((piece, index) => lineOf(plain, [host, at(someDatabases, 7 * index), at(someUsers, index), piece, at(pieces(methods, major), 2 * index)])),
    ...layouts.filter((layout) => isIn(layout, major)).map((layout, index) =>
      lineOf(layout, [host, at(someDatabases, 2 * index), at(someUsers, index), at(someAddresses, index), at(pieces(methods, major), index)]),
    ),
    ...pieces(types, major).flatMap((type) =>
      methodsFor(type.text, major).map((method, index) =>
        lineOf(plain, type.text === 'local' ? [type, someDatabases[0]!, someUsers[0]!, method] : [type, at(someDatabases, index), at(someUsers, index), at(someAddresses, index), method]),
      ),
    ),
  ];
  const perFile = Math.ceil(lines.length / 4);
  const parts = [0, 1, 2, 3].map((index) => lines.filter((_, at_) => at_ % 4 === index).slice(0, perFile));
  const unsure = pieces(unsureExpressions, major).map((piece) =>
    lineOf(plain, [host, piece, someUsers[0]!, someAddresses[0]!, { text: 'md5', uses: ['method md5'] }]),
  );
  if (unsure.length > 0) parts.push(unsure);
  parts.push(
    pieces(hostNames, major).map((piece, index) => {
      const method = at(pieces(methods, major), 3 * index + 2);
      return lineOf(plain, [host, at(someDatabases, index === 0 ? 8 : 0), someUsers[0]!, piece, method]);
    }),
  );
  return parts.map((part) => {
    // What catches every connection stands last.
    part.sort((one, other) => Number(/\sall\s+all\s/.test(one.text)) - Number(/\sall\s+all\s/.test(other.text)));
    const entries: Entry[] = part.map((line) => ({ kind: 'line', lines: [line] }));
    if (major >= 16) {
      for (const kind of ['include', 'include_if_exists', 'include_dir'] as const) entries.push({ kind, lines: part.slice(0, 3) });
    }
    return treeOf(entries);
  });
}

/** All productions that a version has. */
export function productionsOf(major: number): string[] {
  const all = [...types, ...unsureExpressions, ...hostNames, ...databases, ...users, ...addresses, ...methods, ...sslMethods, ...localMethods, ...layouts];
  const uses = all.filter((production) => isIn(production, major)).map(({ use }) => use);
  return [...new Set(uses), ...(major >= 16 ? ['include', 'include_if_exists', 'include_dir'] : [])];
}

/** Connections whose names and addresses are those that the lines speak of. */
export function attempts(ipv6: boolean): fc.Arbitrary<ConnectionAttempt> {
  return fc.record({
    from: fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...clients) },
      { weight: 1, arbitrary: fc.constantFrom(ipv6 ? '::1' : clients[0]!) },
    ).map((client) => [client]),
    database: fc.oneof(
      { weight: 2, arbitrary: fc.constantFrom('orders', 'app') },
      { weight: 1, arbitrary: fc.constantFrom('Orders', 'dms', 'all', 'replication', 'or"ders', 'or"d', 'a,b', 'sp ace', '+x', '@words/databases', '@', '/^ord', longName, '') },
    ),
    user: fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom('dms', 'app') },
      { weight: 1, arbitrary: fc.constantFrom('Dms', 'all', 'boss', '+inner', 'inner', 'stranger', 'orders', longName) },
    ),
    tls: fc.boolean(),
    kind: fc.constantFrom('sql' as const, 'sql' as const, 'logical-walsender' as const, 'physical-walsender' as const),
  });
}

/** Pieces of lines in disorder; most of it the server refuses, and says why. */
const fragments: readonly string[] = [
  ...['host', 'hostssl', 'local', 'hostgssenc', 'all', 'orders', 'dms', '"all"', '+r', 'md5', 'trust', 'peer', 'cert', 'ident', 'gss', 'pam'],
  ...['sspi', 'bsd', 'ldap', 'radius', 'oauth', 'scram-sha-256', 'scram', 'MD5', 'reject', '10.0.0.0/8', '10.1.2.3', '255.0.0.0', '::1/128', '::1'],
  ...['10.0.0.0/33', '10.0.0.0/x', '10.0.0.0/', '/8', 'db1/32', '::/129', '10.0.0.0/8/8', '256.1.1.1', 'samehost', 'samenet', '.example'],
  ...['map=m', 'map', '=', 'clientcert=1', 'clientcert=0', 'clientcert=verify-ca', 'clientcert=verify-full', 'clientcert=no-verify', 'clientcert=x'],
  ...['clientname=CN', 'clientname=x', 'pamservice=p', 'pam_use_hostname=1', 'include_realm=0', 'krb_realm=R', 'compat_realm=1', 'unknown=1'],
  ...['ldapserver=h', 'ldapbasedn=b', 'ldapprefix=p', 'ldapport=0', 'ldapport=389', 'ldapsearchfilter=f', 'ldapsearchattribute=a', 'ldaptls=1', 'ldapscheme=ldaps'],
  ...['ldapurl=ldap://h/b', 'ldapurl=ldaps://h/b', 'radiusservers=127.0.0.1', 'radiusserver=127.0.0.1', 'radiussecrets=s', '"radiussecrets=a,b"'],
  ...['radiusports=0', 'radiusports=x', '"radiusservers=127.0.0.1,127.0.0.2"', 'radiusservers=""', 'radiussecrets=', '"radiusidentifiers=a,b,c"', 'radiussecrets=","'],
  ...['issuer=i', 'scope=s', 'validator=v', '@words/users', '@words/missing', '@words/empty', '@"', '/(', '/[a', '/a**', '/a{2,1}', '/[b-a]', '/\\', '/)', '"/a,b"', '/a|*'],
  ...['include', 'include_dir', 'include_if_exists', 'included/missing', 'words', 'words/users', '@words', '@words/users/x', '""', '"', ',', ' ,', ', ', '#', '\\', 'x'.repeat(255), 'x'.repeat(256)],
];

/** Files of which most lines are wrong. */
export function brokenTree(major: number): fc.Arbitrary<HbaTree> {
  const glue = fc.constantFrom(' ', ' ', ' ', ' ', '\t', ',', '', ' \r', '\\\n');
  const soup = fc
    .array(fc.tuple(fc.constantFrom(...fragments), glue), { minLength: 1, maxLength: 9 })
    .map((parts) => parts.flat().join(''));
  const tail = fc
    .tuple(validLine(major), soup)
    .map(([line, rest]) => `${line.text} ${rest}`);
  const head = fc
    .tuple(fc.constantFrom('host', 'hostssl', 'local'), fc.constantFrom('all', 'orders,app', '/a(b'), soup)
    .map(([type, database, rest]) => `${type} ${database} ${rest}`);
  const method = fc
    .tuple(fc.constantFrom('host all all all', 'hostssl all all 10.0.0.0/8', 'local all all'), soup)
    .map(([start, rest]) => `${start} ${rest}`);
  const odd = fc.constantFrom(
    `host all all all md5 ${'x'.repeat(8300)}`,
    `host all all all md5 ${'#'.repeat(8300)}`,
    `host all all all md5 ${'#'.repeat(20600)}`,
    `host ${'y'.repeat(254)} all all md5`,
    `host ${'y'.repeat(255)} all all md5`,
    `host ${'y'.repeat(10238)} all all md5`,
    `host ${'y'.repeat(10239)} all all md5`,
    `host ${'y'.repeat(10240)} all all md5`,
    `host all all all md5\0hidden\nhost all all`,
    `host all all all \0\nhost all all all trust`,
    `${'z'.repeat(1020)}\0${'z'.repeat(40)}\nhost all all all trust`,
    'include deep/0.conf',
    'include_dir deep',
    'include_dir "  "',
    'include_dir words',
    'include_dir nowhere',
    '\u{feff}local all all peer',
  );
  const line = fc.oneof(soup, tail, head, method, { weight: 2, arbitrary: method }, odd).map((text): Piece => ({ text, uses: [] }));
  const deep = Object.fromEntries(
    Array.from({ length: 12 }, (_, depth) => [`deep/${depth}.conf`, `include ${depth + 1}.conf\nhost all all all md5\n`]),
  );
  return fc.array(line, { minLength: 1, maxLength: 12 }).map((lines) => {
    const { tree, uses } = treeOf(lines.map((each) => ({ kind: 'line', lines: [each] })));
    return { tree: { ...tree, ...deep }, uses };
  });
}
