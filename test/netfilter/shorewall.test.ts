import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { judge, ownersPresent, parseIptablesSave, proposeAccept, type Host } from '../../src/netfilter/index.ts';

const text = readFileSync(new URL('fixtures/shorewall-story.iptables-nft-save.txt', import.meta.url), 'utf8');
const SOURCE = 'host/iptables-nft-save.txt';

/** The story's host: shorewall, and an ACCEPT added by hand behind it. */
function hostWith(rules: string): Host {
  return {
    rulesets: [parseIptablesSave(SOURCE, rules)],
    interfaces: [
      { name: 'lo', addresses: [{ address: '127.0.0.1', prefixLength: 8 }] },
      { name: 'eth0', addresses: [{ address: '172.31.40.17', prefixLength: 20 }] },
    ],
    routes: [
      { destination: '172.31.32.0/20', interface: 'eth0' },
      { destination: 'default', interface: 'eth0', gateway: '172.31.32.1' },
    ],
    sysctls: new Map([
      ['net.ipv4.conf.all.rp_filter', '0'],
      ['net.ipv4.conf.eth0.rp_filter', '1'],
    ]),
  };
}
const host = hostWith(text);
const lines = text.split('\n');

describe('the host of the story, as shorewall 5.2.8 compiled it', () => {
  test('is read whole', () => {
    expect(host.rulesets[0]).toMatchObject({ complete: true, backend: 'nft', problems: [] });
    expect([...ownersPresent(host.rulesets).keys()]).toEqual(['shorewall']);
  });

  test("drops the replication instance at the end of net-fw, and names the operator's rule behind it", () => {
    const { parts } = judge(host, { from: ['172.31.23.112'], to: '172.31.40.17', port: 5432 });
    expect(parts).toHaveLength(1);
    const [outcome] = parts[0]?.outcomes ?? [];
    expect(outcome).toMatchObject({ result: 'dropped', by: { kind: 'rule', chain: 'net-fw', owner: 'shorewall' } });
    const rule = outcome?.result === 'dropped' ? outcome.by.rule : undefined;
    expect(rule?.text).toBe(lines[(rule?.line ?? 0) - 1]);
    expect(rule?.text).toMatch(/-A net-fw -j DROP$/);
    expect(parts[0]?.shadowedAccepts.map((each) => each.rule.text)).toEqual([
      expect.stringMatching(/-A INPUT -s 172\.31\.23\.112\/32 .*-j ACCEPT$/),
    ]);
  });

  test.each([
    ['172.31.36.21', 5432],
    ['172.31.23.112', 22],
  ])('admits %s to port %i', (from, port) => {
    const { parts } = judge(host, { from: [from], to: '172.31.40.17', port });
    expect(parts.map((part) => part.outcomes.map(({ result }) => result))).toEqual([['accepted']]);
  });

  test('is opened, in simulation, by the line that the engine proposes, and by nothing less', () => {
    const attempt = { from: ['172.31.23.112'], to: '172.31.40.17', port: 5432 };
    const [part] = judge(host, attempt).parts;
    const [outcome] = part?.outcomes ?? [];
    if (part === undefined || outcome?.result !== 'dropped') throw new Error('expected a drop');
    const fix = proposeAccept(host, part, outcome.by, attempt);
    expect(fix?.commands).toEqual([
      'iptables-nft -I net-fw 11 -s 172.31.23.112/32 -p tcp -m tcp --dport 5432 -j ACCEPT',
    ]);
    const patched = [...lines];
    patched.splice((fix?.beforeLine ?? 0) - 1, 0, ...(fix?.lines ?? []));
    const after = hostWith(patched.join('\n'));
    const results = (from: string, port: number) =>
      judge(after, { ...attempt, from: [from], port }).parts.map((each) => each.outcomes.map(({ result }) => result));
    expect(results('172.31.23.112', 5432)).toEqual([['accepted']]);
    expect(results('172.31.23.112', 5433)).toEqual([['dropped']]);
    expect(results('172.31.23.113', 5432)).toEqual([['dropped']]);
  });

  test('a dump that is cut short judges nothing', () => {
    const { parts } = judge(hostWith(lines.slice(0, 50).join('\n')), {
      from: ['172.31.36.21'],
      to: '172.31.40.17',
      port: 5432,
    });
    expect(parts[0]?.outcomes).toMatchObject([{ result: 'unknown' }]);
  });
});
