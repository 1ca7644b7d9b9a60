import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { judge, parseIptablesSave, parseNftJson, type Ruleset } from '../../src/netfilter/index.ts';
import { hostOf } from './host.ts';

const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');
const attempt = { from: ['10.1.0.3'], to: '172.31.40.17', port: 5432 };
const outcomes = (rulesets: readonly Ruleset[]) => judge(hostOf(rulesets), attempt).parts[0]?.outcomes ?? [];

type Json = Record<string, unknown>;
const common = { family: 'inet', table: 't' };
const table = { table: { family: 'inet', name: 't' } };
const chain = (name: string, base: Json = {}) => ({ chain: { ...common, name, ...base } });
const input = chain('in', { type: 'filter', hook: 'input', prio: 0, policy: 'drop' });
const rule = (name: string, ...expr: Json[]) => ({ rule: { ...common, chain: name, handle: 7, expr } });
const from = (right: unknown) => ({
  match: { op: '==', left: { payload: { protocol: 'ip', field: 'saddr' } }, right },
});
const ruleset = (...nftables: unknown[]) => parseNftJson('host/nft-ruleset.json', JSON.stringify({ nftables }));

describe('rules of iptables-nft, shown again by nft', () => {
  const json = parseNftJson('host/nft-ruleset.json', fixture('ufw.nft-ruleset.json'));
  const saved = parseIptablesSave('host/iptables-nft-save.txt', fixture('ufw.iptables-nft-save.txt'));

  test('are judged from iptables-nft-save, which has all their parts', () => {
    expect(outcomes([saved, json])).toMatchObject([
      { result: 'accepted', by: { source: 'host/iptables-nft-save.txt', chain: 'ufw-user-input' } },
    ]);
  });

  test('are not judged from the JSON alone, where the parts of matches are lost', () => {
    expect(outcomes([json]).map(({ result }) => result)).toContain('unknown');
  });
});

describe('what nft prints', () => {
  test('a rule is named in the words of nft, with its handle', () => {
    const [outcome] = outcomes([
      ruleset(
        table,
        input,
        rule(
          'in',
          from({ prefix: { addr: '10.1.0.0', len: 16 } }),
          { counter: { packets: 3, bytes: 180 } },
          { drop: null },
        ),
      ),
    ]);
    expect(outcome).toMatchObject({
      result: 'dropped',
      by: {
        handle: 7,
        counters: { packets: 3, bytes: 180 },
        rule: { text: 'ip saddr 10.1.0.0/16 counter packets 3 bytes 180 drop' },
      },
    });
  });

  test('a base chain without a policy accepts; one at ingress stands before all others', () => {
    expect(outcomes([ruleset(table, chain('in', { type: 'filter', hook: 'input', prio: 0 }))])).toMatchObject([
      { result: 'accepted' },
    ]);
    const netdev = { family: 'netdev', table: 'n' };
    const ingress = [
      { table: { family: 'netdev', name: 'n' } },
      { chain: { ...netdev, name: 'x', type: 'filter', hook: 'ingress', prio: 0, dev: 'eth0', policy: 'accept' } },
      { rule: { ...netdev, chain: 'x', handle: 1, expr: [from('10.1.0.3'), { drop: null }] } },
    ];
    expect(outcomes([ruleset(...ingress)])).toMatchObject([{ result: 'dropped', by: { hook: 'ingress' } }]);
  });

  test.each([
    ['a statement that is not known', { conjure: {} }],
    ['an extension of xtables', { xt: { type: 'target', name: 'TARPIT' } }],
    ['a queue', { queue: { num: 1 } }],
  ])('%s is followed by nothing certain', (_, statement) => {
    expect(outcomes([ruleset(table, input, rule('in', statement), rule('in', { accept: null }))])).toMatchObject([
      { result: 'unknown' },
    ]);
  });

  test('a set that is not listed, or that a rule before changes, tells nothing', () => {
    const set = { set: { ...common, name: 'friends', type: 'ipv4_addr', elem: ['10.1.0.3'] } };
    const known = [table, set, input, rule('in', from('@friends'), { accept: null })];
    expect(outcomes([ruleset(...known)])).toMatchObject([{ result: 'accepted' }]);
    expect(outcomes([ruleset(table, input, rule('in', from('@friends'), { accept: null }))]).length).toBeGreaterThan(1);
    const change = rule('in', {
      set: { op: 'delete', elem: { payload: { protocol: 'ip', field: 'saddr' } }, set: '@friends' },
    });
    expect(
      outcomes([ruleset(table, set, input, change, rule('in', from('@friends'), { accept: null }))]).length,
    ).toBeGreaterThan(1);
  });

  test('a reject of one family before which nft hides the family that was asked for is in doubt', () => {
    const family = { match: { op: '==', left: { meta: { key: 'nfproto' } }, right: 'ipv4' } };
    const reject = { reject: { type: 'icmp', expr: 'host-prohibited' } };
    const accept = rule('in', { accept: null });
    const results = (...rules: unknown[]) =>
      new Set(outcomes([ruleset(table, input, ...rules, accept)]).map(({ result }) => result));
    expect(results(rule('in', family, reject))).toEqual(new Set(['accepted', 'rejected']));
    expect(results(rule('in', reject))).toEqual(new Set(['rejected']));
    const reset = { reject: { type: 'tcp reset' } };
    expect(results(rule('in', reset))).toEqual(new Set(['accepted', 'rejected']));
    expect(results(rule('in', { counter: null }, reset))).toEqual(new Set(['rejected']));
    expect(results(rule('in', from('10.1.0.3'), reset))).toEqual(new Set(['rejected']));
    const ofAny = { reject: { type: 'icmpx', expr: 'host-unreachable' } };
    expect(results(rule('in', family, ofAny))).toEqual(new Set(['rejected']));
  });

  test('th reads the place of the ports in an ICMP error, too; tcp does not', () => {
    const output = chain('out', { type: 'filter', hook: 'output', prio: 0, policy: 'accept' });
    const port = (protocol: string) => ({
      match: { op: '!=', left: { payload: { protocol, field: 'dport' } }, right: 22 },
    });
    const results = (protocol: string) =>
      outcomes([
        ruleset(table, input, output, rule('in', { reject: null }), rule('out', port(protocol), { drop: null })),
      ]).map(({ result }) => result);
    expect(results('tcp')).toEqual(['rejected']);
    expect(results('th').sort()).toEqual(['dropped', 'rejected']);
  });

  test('addresses that are masked or compared, and the socket that answers', () => {
    const answers = (left: unknown, op: string, right: unknown, hook = 'input') => {
      const base = chain('c', { type: 'filter', hook, prio: 0, policy: 'accept' });
      const rules = [ruleset(table, base, rule('c', { match: { op, left, right } }, { drop: null }))];
      const host = hostOf(rules, { listener: { uid: 26, gid: 26 } });
      return judge(host, attempt).parts[0]?.outcomes.map(({ result }) => result);
    };
    const saddr = { payload: { protocol: 'ip', field: 'saddr' } };
    expect(answers({ '&': [saddr, '255.0.0.255'] }, '==', '10.0.0.3')).toEqual(['dropped']);
    expect(answers({ '&': [saddr, '255.0.0.255'] }, '==', '10.0.0.4')).toEqual(['accepted']);
    expect(answers(saddr, '<', '10.1.0.3')).toEqual(['accepted']);
    expect(answers(saddr, '<=', '10.1.0.3')).toEqual(['dropped']);
    expect(answers(saddr, '>', '10.1.0.3')).toEqual(['accepted']);
    expect(answers(saddr, '>=', '10.1.0.3')).toEqual(['dropped']);
    expect(answers({ ct: { key: 'ip saddr', dir: 'original' } }, '==', '10.1.0.3')).toEqual(['dropped']);
    expect(answers({ meta: { key: 'skuid' } }, '==', 26, 'output')).toEqual(['dropped']);
    expect(answers({ meta: { key: 'skuid' } }, '!=', 26, 'output')).toEqual(['accepted']);
    expect(answers({ meta: { key: 'ipsec' } }, '==', false)).toEqual(['dropped']);
    expect(answers({ 'tcp option': { name: 'maxseg' } }, '==', false)).toEqual(['dropped']);
  });

  test('values that stand in maps are set by what the packet is', () => {
    const map = (key: unknown, ...pairs: unknown[]) => ({ map: { key, data: { set: pairs } } });
    const dport = { payload: { protocol: 'tcp', field: 'dport' } };
    const saddr = { payload: { protocol: 'ip', field: 'saddr' } };
    const nat = chain('n', { type: 'nat', hook: 'prerouting', prio: -100, policy: 'accept' });
    const open = chain('in', { type: 'filter', hook: 'input', prio: 0, policy: 'accept' });
    const port = (...pairs: unknown[]) => {
      const [outcome] = outcomes([ruleset(table, nat, open, rule('n', { redirect: { port: map(dport, ...pairs) } }))]);
      return outcome?.result === 'accepted' ? outcome.delivery.port : outcome?.result;
    };
    expect(port([22, 8080], [5432, 6432])).toBe(6432);
    expect(port([22, 8080])).toBe(5432);
    const mark = { mangle: { key: { meta: { key: 'mark' } }, value: map(saddr, ['10.1.0.3', 3], ['10.1.0.4', 4]) } };
    const marked = rule('in', { match: { op: '==', left: { meta: { key: 'mark' } }, right: 3 } }, { drop: null });
    const host = hostOf([ruleset(table, open, rule('in', mark), marked)]);
    const parts = judge(host, { ...attempt, from: ['10.1.0.3', '10.1.0.4', '10.1.0.5'] }).parts;
    expect(parts.map((part) => [part.from, part.outcomes.map(({ result }) => result)])).toEqual([
      [['10.1.0.3'], ['dropped']],
      [['10.1.0.4'], ['accepted']],
      [['10.1.0.5'], ['accepted']],
    ]);
  });
});
