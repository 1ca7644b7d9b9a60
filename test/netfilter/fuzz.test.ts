import { readFileSync, readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { parseIpsetSave, parseIptablesSave, parseNftJson, parseNftText } from '../../src/netfilter/index.ts';
import { filterTable } from './host.ts';
import { judged } from './judged.ts';

const runs = (n: number) => ({ numRuns: Math.round(n * Number(process.env.SAMPLES ?? 1)) });
const directory = new URL('fixtures/', import.meta.url);
const fixtures = readdirSync(directory)
  .filter((name) => !name.endsWith('.md'))
  .map((name) => readFileSync(new URL(name, directory), 'utf8'));

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
