import { describe, expect, test } from 'vitest';
import { parseIptablesSave, parseNftJson, parseNftText } from '../../src/netfilter/index.ts';
import { filterTable } from './host.ts';
import { judged } from './judged.ts';

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
  const members = (n: number, member: (i: number) => string) => Array.from({ length: n / 20 }, (_, i) => member(i));
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
        const ruleset = parseNftJson('host/nft-ruleset.json', text);
        expect(ruleset.problems).toHaveLength(1);
        judged(ruleset);
      }
    }
  });
});
