import * as fc from 'fast-check';
import type { FileTree } from './memory-files.ts';
import {
  addresses,
  clients,
  databases,
  fragments,
  hostNames,
  layouts,
  localMethods,
  methods,
  sslMethods,
  types,
  unsureExpressions,
  users,
  type Layout,
  type Piece,
  type Production,
} from './productions.ts';

const isIn = ({ since = 0, until = 99 }: { since?: number; until?: number }, major: number): boolean =>
  major >= since && major <= until;

function pieces(productions: readonly Production[], major: number): Piece[] {
  return productions
    .filter((production) => isIn(production, major))
    .flatMap(({ use, texts }) => texts.map((text) => ({ text, uses: [use] })));
}

function methodsFor(type: string, major: number): Piece[] {
  if (type.includes('local')) return pieces(localMethods, major);
  return pieces(type === 'hostssl' ? [...methods, ...sslMethods] : methods, major);
}

/** A line and what it names that it could not be read without. */
function lineOf(layout: Layout, parts: readonly Piece[]): Piece {
  return {
    text: layout.join(parts.map((part) => part.text)),
    uses: [layout.use, ...parts.flatMap((part) => part.uses)],
  };
}

const randomCidr = fc
  .tuple(fc.constantFrom(...clients), fc.integer({ min: 0, max: 32 }))
  .map(([client, length]): Piece => ({ text: `${client}/${length}`, uses: ['address IPv4 CIDR with host bits'] }));

/** Any piece, and more often those that speak of many connections. */
function oftenBroad(all: readonly Piece[], broad: readonly string[]): fc.Arbitrary<Piece> {
  const often = all.filter((piece) => broad.includes(piece.text));
  return fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...all) },
    { weight: 4, arbitrary: fc.constantFrom(...often) },
  );
}

/** Lines that the server takes. */
function validLine(major: number): fc.Arbitrary<Piece> {
  const layout = fc.constantFrom(...layouts.filter((each) => isIn(each, major)));
  const address = fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...pieces(addresses, major)) },
    { weight: 18, arbitrary: randomCidr },
    { weight: 1, arbitrary: fc.constantFrom(...pieces(hostNames, major)) },
  );
  return fc
    .constantFrom(...pieces(types, major))
    .chain((type) =>
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

type Entry = {
  readonly kind: 'line' | 'include' | 'include_if_exists' | 'include_dir';
  readonly lines: readonly Piece[];
};

const words: FileTree = {
  'words/databases': '# databases\norders, app\n\n"a,b"  @more\n',
  'words/more': '@"empty"\nreplication\n',
  'words/empty': '# none\n',
  'words/users': 'dms\tboss\n+inner,"+outer"\n',
};

/** Writes entries as files; those that are included in folders of their own. */
function treeOf(entries: readonly Entry[]): HbaTree {
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
  const [someDatabases, someUsers, someAddresses] = [databases, users, addresses].map((list) =>
    pieces(list, major),
  ) as [Piece[], Piece[], Piece[]];
  const lines: Piece[] = [
    ...someDatabases.map((piece, index) =>
      lineOf(plain, [host, piece, at(someUsers, index), at(someAddresses, index), at(pieces(methods, major), index)]),
    ),
    ...someUsers.map((piece, index) =>
      lineOf(plain, [
        host,
        at(someDatabases, 3 * index),
        piece,
        at(someAddresses, 5 * index),
        at(pieces(methods, major), index),
      ]),
    ),
    ...someAddresses.map((piece, index) =>
      lineOf(plain, [
        host,
        at(someDatabases, 7 * index),
        at(someUsers, index),
        piece,
        at(pieces(methods, major), 2 * index),
      ]),
    ),
    ...layouts
      .filter((layout) => isIn(layout, major))
      .map((layout, index) =>
        lineOf(layout, [
          host,
          at(someDatabases, 2 * index),
          at(someUsers, index),
          at(someAddresses, index),
          at(pieces(methods, major), index),
        ]),
      ),
    ...pieces(types, major).flatMap((type) =>
      methodsFor(type.text, major).map((method, index) =>
        lineOf(
          plain,
          type.text === 'local'
            ? [type, someDatabases[0]!, someUsers[0]!, method]
            : [type, at(someDatabases, index), at(someUsers, index), at(someAddresses, index), method],
        ),
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
      for (const kind of ['include', 'include_if_exists', 'include_dir'] as const)
        entries.push({ kind, lines: part.slice(0, 3) });
    }
    return treeOf(entries);
  });
}

/** All productions that a version has. */
export function productionsOf(major: number): string[] {
  const all = [
    ...types,
    ...unsureExpressions,
    ...hostNames,
    ...databases,
    ...users,
    ...addresses,
    ...methods,
    ...sslMethods,
    ...localMethods,
    ...layouts,
  ];
  const uses = all.filter((production) => isIn(production, major)).map(({ use }) => use);
  return [...new Set(uses), ...(major >= 16 ? ['include', 'include_if_exists', 'include_dir'] : [])];
}

/** Files that name others by more than a path can hold, whole or in one of its parts, behind one of any length. */
export function longNames(major: number): HbaTree[] {
  const parts = Array.from({ length: 30 }, (_, index) => `${index}${'p'.repeat(60)}`).join('/');
  const names = ['x'.repeat(250), 'x'.repeat(300), 'x'.repeat(2000), parts, `words/${parts}`, `/${parts}`];
  const lines = names.flatMap((name) => [
    `host all all all @${name}`,
    `host @"${name}" all all md5`,
    ...(major >= 16 ? [`include ${name}`, `include_if_exists ${name}`, `include_dir ${name}`] : []),
  ]);
  return lines.map((line) => ({ tree: { 'pg_hba.conf': `${line}\n`, 'words/users': 'dms\n' }, uses: [] }));
}

/** Files of which most lines are wrong. */
export function brokenTree(major: number): fc.Arbitrary<HbaTree> {
  const glue = fc.constantFrom(' ', ' ', ' ', ' ', '\t', ',', '', ' \r', '\\\n');
  const soup = fc
    .array(fc.tuple(fc.constantFrom(...fragments), glue), { minLength: 1, maxLength: 9 })
    .map((parts) => parts.flat().join(''));
  const tail = fc.tuple(validLine(major), soup).map(([line, rest]) => `${line.text} ${rest}`);
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
  const line = fc
    .oneof(soup, tail, head, method, { weight: 2, arbitrary: method }, odd)
    .map((text): Piece => ({ text, uses: [] }));
  const deep = Object.fromEntries(
    Array.from({ length: 12 }, (_, depth) => [
      `deep/${depth}.conf`,
      `include ${depth + 1}.conf\nhost all all all md5\n`,
    ]),
  );
  return fc.array(line, { minLength: 1, maxLength: 12 }).map((lines) => {
    const { tree, uses } = treeOf(lines.map((each) => ({ kind: 'line', lines: [each] })));
    return { tree: { ...tree, ...deep }, uses };
  });
}
