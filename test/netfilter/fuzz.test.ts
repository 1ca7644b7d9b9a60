import { readFileSync, readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  judge,
  parseIpsetSave,
  parseIptablesSave,
  parseNftJson,
  parseNftText,
  type Ruleset,
} from '../../src/netfilter/index.ts';
import { filterTable, hostOf } from './host.ts';

const runs = (n: number) => ({ numRuns: Math.round(n * Number(process.env.SAMPLES ?? 1)) });
const directory = new URL('fixtures/', import.meta.url);
const fixtures = readdirSync(directory)
  .filter((name) => !name.endsWith('.md'))
  .map((name) => readFileSync(new URL(name, directory), 'utf8'));

const RESULTS = new Set(['accepted', 'dropped', 'rejected', 'unknown']);

function judged(ruleset: Ruleset, ipsets = ''): void {
  const { parts } = judge(hostOf([ruleset], { ipsets: parseIpsetSave('host/ipset-save.txt', ipsets) }), {
    from: ['10.1.2.3', '10.2.0.0/16'],
    to: '172.31.40.17',
    port: 5432,
  });
  expect(parts.length).toBeGreaterThan(0);
  for (const { outcomes } of parts) {
    expect(outcomes.length).toBeGreaterThan(0);
    for (const { result } of outcomes) expect(RESULTS).toContain(result);
  }
}

/** A real file with a piece taken out, doubled or replaced. */
const damaged = fc
  .tuple(
    fc.constantFrom(...fixtures),
    fc.nat(),
    fc.nat(400),
    fc.oneof(fc.string(), fc.constantFrom('!', '"', '-j', '-A INPUT', '\n', '-m', '{', ']', ',', ':', '\0')),
  )
  .map(([text, at, length, piece]) => {
    const start = at % text.length;
    return text.slice(0, start) + piece + text.slice(start + length);
  });

const WORDS = [
  '-A',
  'INPUT',
  'u',
  '-j',
  '-g',
  '-m',
  '!',
  '-s',
  '-d',
  '-p',
  'tcp',
  '10.0.0.0/8',
  '--dport',
  '5432',
  'ACCEPT',
  'DROP',
  'state',
  '--state',
  'NEW',
  'set',
  '--match-set',
  'x',
  'src,dst',
  '"',
  '\\',
  '--',
  '-',
  '',
  '0/0',
  '__proto__',
  'constructor',
  'toString',
  'mark',
  '--mark',
  '0x1/0x1',
  'multiport',
  '--dports',
  '1:2,3',
  'conntrack',
  '--ctstate',
  'recent',
  '--set',
  'MARK',
  '--set-xmark',
  'DNAT',
  '--to-destination',
  '[::1]:22',
  'REDIRECT',
  '--to-ports',
  'CT',
  '--notrack',
  'hashlimit',
  'addrtype',
  '--src-type',
  'LOCAL',
  'iprange',
  '--src-range',
  'a-b',
];
const line = fc.array(fc.constantFrom(...WORDS), { maxLength: 14 }).map((words) => words.join(' '));

describe('no text breaks the readers', () => {
  test('any text', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (text) => {
        judged(parseIptablesSave('host/iptables-save.txt', text));
        judged(parseNftJson('host/nft-ruleset.json', text));
        judged(parseNftText('host/nft-ruleset.txt', text));
        parseIpsetSave('host/ipset-save.txt', text);
      }),
      runs(500),
    );
  });

  test('damaged real files', () => {
    fc.assert(
      fc.property(damaged, (text) => {
        judged(parseIptablesSave('host/iptables-save.txt', text));
        judged(parseNftJson('host/nft-ruleset.json', text));
      }),
      runs(300),
    );
  });

  test('the words of rules in any order', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 6 }), fc.array(line), (rules, sets) => {
        judged(
          parseIptablesSave(
            'host/iptables-save.txt',
            filterTable(
              rules.map((each) => `-A INPUT ${each}`),
              ['u'],
            ),
          ),
          sets.map((each) => `create x ${each}\nadd x ${each}`).join('\n'),
        );
      }),
      runs(1000),
    );
  });

  test('any JSON in the place of nft expressions', () => {
    const word = fc.constantFrom(
      'match',
      'left',
      'right',
      'op',
      '==',
      'in',
      'payload',
      'protocol',
      'field',
      'ip',
      'saddr',
      'tcp',
      'dport',
      'set',
      'vmap',
      'key',
      'data',
      'concat',
      'elem',
      'val',
      'prefix',
      'addr',
      'len',
      'range',
      'accept',
      'drop',
      'jump',
      'target',
      'in',
      'meta',
      'mark',
      'mangle',
      'value',
      'limit',
      'reject',
      'type',
      'expr',
      'dnat',
      '&',
      '|',
      '@x',
      '__proto__',
      'xt',
      '10.0.0.1',
    );
    const { json } = fc.letrec((tie) => ({
      json: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        word,
        fc.integer(),
        fc.constant(null),
        fc.boolean(),
        fc.array(tie('json'), { maxLength: 3 }),
        fc.dictionary(word, tie('json'), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(fc.array(json, { maxLength: 5 }), json, (expr, elem) => {
        const common = { family: 'inet', table: 't' };
        const nftables = [
          { table: { family: 'inet', name: 't' } },
          { chain: { ...common, name: 'in', type: 'filter', hook: 'input', prio: 0, policy: 'drop' } },
          { set: { ...common, name: 'x', type: 'ipv4_addr', elem } },
          { rule: { ...common, chain: 'in', expr } },
          elem,
        ];
        judged(parseNftJson('host/nft-ruleset.json', JSON.stringify({ nftables })));
      }),
      runs(2000),
    );
  });
});

describe('time grows with the length of the text', () => {
  const HOSTILE: Readonly<Record<string, (n: number) => string>> = {
    blanks: (n) => `-A INPUT ${' '.repeat(n)}x`,
    quotes: (n) => `-A INPUT -m comment --comment ${'"a" '.repeat(n / 4)}`,
    negations: (n) => `-A INPUT ${'! '.repeat(n / 2)}`,
    options: (n) => `-A INPUT ${'-m x '.repeat(n / 5)}-j ACCEPT`,
    commas: (n) => `-A INPUT -p tcp -m multiport --dports ${'1,'.repeat(n / 2)}2 -j ACCEPT`,
    brackets: (n) => `${'['.repeat(n)} -A INPUT`,
    digits: (n) => `-A INPUT -s ${'1'.repeat(n)} -p tcp --dport ${'9'.repeat(n)} -j ACCEPT`,
    colons: (n) => `-A INPUT -s ${':'.repeat(n)} -j ACCEPT`,
  };
  /** Sixteen times the text: quadratic time would be 256 times. */
  const expectLinear = (judgeOf: (n: number) => () => void) => {
    const spent = (n: number) => {
      const run = judgeOf(n);
      const started = process.cpuUsage().user;
      run();
      return process.cpuUsage().user - started;
    };
    spent(10_000);
    const small = Math.min(...Array.from({ length: 3 }, () => spent(10_000)));
    const large = Math.min(...Array.from({ length: 3 }, () => spent(160_000)));
    expect(large).toBeLessThan(64 * Math.max(small, 3000));
  };

  test.each(Object.keys(HOSTILE))('%s', (name) => {
    expectLinear((n) => {
      const text = filterTable([(HOSTILE[name] as (n: number) => string)(n)]);
      return () => judged(parseIptablesSave('host/iptables-save.txt', text));
    });
  });

  const address = (i: number) => `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`;
  const members = (n: number, line: (i: number) => string) => Array.from({ length: n / 20 }, (_, i) => line(i));
  const SETS: Readonly<Record<string, (n: number) => readonly string[]>> = {
    'hash:net with nomatch': (n) => ['hash:net', ...members(n, (i) => `${address(i)}/32${i % 2 ? ' nomatch' : ''}`)],
    'hash:ip,port': (n) => ['hash:ip,port', ...members(n, (i) => `${address(i)},tcp:5432`)],
    'hash:net,iface': (n) => ['hash:net,iface', ...members(n, (i) => `${address(i * 2)}/31,eth0`)],
    'hash:net,net': (n) => ['hash:net,net', ...members(n, (i) => `${address(i * 2)}/32,0.0.0.0/0`)],
    'one long member': (n) => ['hash:ip', '1'.repeat(n), ','.repeat(n), ' '.repeat(n)],
  };
  test.each(Object.keys(SETS))('ipset: %s', (name) => {
    expectLinear((n) => {
      const [type = '', ...entries] = (SETS[name] as (n: number) => readonly string[])(n);
      const sets = [`create x ${type}`, ...entries.map((entry) => `add x ${entry}`), ''].join('\n');
      const flags = type.split(',').length > 1 ? 'src,dst' : 'src';
      const text = filterTable([
        `-A INPUT -m set --match-set x ${type.endsWith('iface') ? 'src,src' : flags} -j ACCEPT`,
      ]);
      return () => judged(parseIptablesSave('host/iptables-save.txt', text), sets);
    });
  });

  const common = { family: 'inet', table: 't' };
  const listing = (elem: unknown, ...expr: unknown[]) =>
    JSON.stringify({
      nftables: [
        { table: { family: 'inet', name: 't' } },
        { chain: { ...common, name: 'in', type: 'filter', hook: 'input', prio: 0, policy: 'drop' } },
        { set: { ...common, name: 'x', type: 'ipv4_addr', elem } },
        { rule: { ...common, chain: 'in', expr } },
      ],
    });
  const saddr = { payload: { protocol: 'ip', field: 'saddr' } };
  const dport = { payload: { protocol: 'tcp', field: 'dport' } };
  const is = (left: unknown, right: unknown) => ({ match: { op: '==', left, right } });
  const many = (n: number) => Array.from({ length: n / 20 }, (_, i) => i * 2);
  const LISTINGS: Readonly<Record<string, (n: number) => string>> = {
    'a set of many addresses': (n) => listing(many(n).map(address), is(saddr, '@x'), { accept: null }),
    'many pairs': (n) =>
      listing(
        many(n).map((i) => ({ concat: [address(i), 5432] })),
        is({ concat: [saddr, dport] }, '@x'),
        { accept: null },
      ),
    'many matches': (n) => listing([], ...many(n).map((i) => is(saddr, address(i))), { accept: null }),
    'many flags': (n) =>
      listing(
        [],
        is(
          { payload: { protocol: 'tcp', field: 'flags' } },
          many(n).map(() => 'syn'),
        ),
      ),
    'a long word': (n) => listing([], is(saddr, '1'.repeat(n)), is(saddr, ':'.repeat(n)), { accept: null }),
  };
  test.each(Object.keys(LISTINGS))('nft: %s', (name) => {
    expectLinear((n) => {
      const text = (LISTINGS[name] as (n: number) => string)(n);
      return () => judged(parseNftJson('host/nft-ruleset.json', text));
    });
  });

  test.each(['table inet x {\n', 'chain ', ' ', '{'])('the text form of nft: %j', (piece) => {
    expectLinear((n) => {
      const text = piece.repeat(n / piece.length);
      return () => judged(parseNftText('host/nft-ruleset.txt', text));
    });
  });

  test('expressions nested without end are unknown, not a crash', () => {
    for (const [open, close] of [
      ['{"&":[', ',1]}'],
      ['{"concat":[', ']}'],
      ['{"set":[', ']}'],
      ['{"map":{"key":', ',"data":"@x"}}'],
      ['[', ']'],
    ] as const) {
      const deep = `${open.repeat(20_000)}1${close.repeat(20_000)}`;
      for (const [left, right] of [
        [deep, '1'],
        [JSON.stringify(saddr), deep],
      ] as const) {
        const text = listing([], 'HERE').replace(
          '"HERE"',
          `{"match":{"op":"==","left":${left},"right":${right}}},{"drop":null}`,
        );
        judged(parseNftJson('host/nft-ruleset.json', text));
      }
    }
  });
});
