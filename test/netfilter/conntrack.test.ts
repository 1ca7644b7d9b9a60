import { expect, test } from 'vitest';
import { judge, parseIpsetSave, parseIptablesSave } from '../../src/netfilter/index.ts';
import { filterTable, hostOf } from './host.ts';

const attempt = { from: ['10.1.2.3'], to: '172.31.40.17', port: 5432 };
const raw = (...rules: readonly string[]) =>
  ['*raw', ':PREROUTING ACCEPT [0:0]', ':OUTPUT ACCEPT [0:0]', ...rules, 'COMMIT', ''].join('\n');
const nat = (...rules: readonly string[]) =>
  ['*nat', ':PREROUTING ACCEPT [0:0]', ':POSTROUTING ACCEPT [0:0]', ...rules, 'COMMIT', ''].join('\n');
const outcomes = (text: string) =>
  judge(hostOf([parseIptablesSave('host/iptables-nft-save.txt', text)]), attempt).parts[0]?.outcomes;
const open = filterTable(['-A INPUT -j ACCEPT']);
const untracked = raw('-A PREROUTING -p tcp -m tcp --tcp-flags SYN,ACK SYN -j CT --notrack');

test('a connection that conntrack takes up after its SYN meets the nat rules then, and is torn', () => {
  const redirect = nat('-A PREROUTING -p tcp -m tcp --dport 5432 -j REDIRECT --to-ports 6432');
  expect(outcomes(untracked + redirect + open)).toMatchObject([
    { result: 'dropped', phase: 'data', by: { kind: 'routing', chain: 'conntrack' } },
  ]);
  expect(outcomes(untracked + nat('-A PREROUTING -p udp -j REDIRECT --to-ports 6432') + open)).toMatchObject([
    { result: 'accepted' },
  ]);
  expect(outcomes(redirect + open)).toMatchObject([{ result: 'accepted', delivery: { port: 6432 } }]);
});

test('what comes back to a translated source is addressed to that, until the translation is undone', () => {
  const translated = nat(
    '-A PREROUTING -p tcp -m tcp --dport 5432 -j DNAT --to-destination 172.17.0.2',
    '-A POSTROUTING -o docker0 -j MASQUERADE',
  );
  const host = (...rules: readonly string[]) => {
    const text = raw(...rules) + translated + open.replace(':FORWARD DROP', ':FORWARD ACCEPT');
    const { interfaces, routes, sysctls } = hostOf([]);
    return hostOf([parseIptablesSave('host/iptables-nft-save.txt', text)], {
      interfaces: [...interfaces, { name: 'docker0', addresses: [{ address: '172.17.0.1', prefixLength: 16 }] }],
      routes: [...routes, { destination: '172.17.0.0/16', interface: 'docker0' }],
      sysctls: new Map([...sysctls, ['net.ipv4.ip_forward', '1']]),
    });
  };
  const results = (...rules: readonly string[]) => judge(host(...rules), attempt).parts[0]?.outcomes;
  expect(results()).toMatchObject([{ result: 'accepted', delivery: { kind: 'forwarded', address: '172.17.0.2' } }]);
  expect(results('-A PREROUTING -i docker0 -d 10.0.0.0/8 -j DROP')).toMatchObject([{ result: 'accepted' }]);
  expect(results('-A PREROUTING -i docker0 -d 172.17.0.1 -j DROP')).toMatchObject([
    { result: 'dropped', phase: 'answer', by: { table: 'raw', client: '172.17.0.1' } },
  ]);
});

test('an ICMP error about a packet for another host comes from the interface that it leaves by', () => {
  const dnat = nat('-A PREROUTING -p tcp -m tcp --dport 5432 -j DNAT --to-destination 172.17.0.2');
  const filter = ['-A FORWARD -j REJECT', '-A OUTPUT -s 172.31.40.17 -j DROP'];
  const { interfaces, routes, sysctls } = hostOf([]);
  const host = hostOf([parseIptablesSave('host/iptables-nft-save.txt', dnat + filterTable(filter))], {
    interfaces: [
      ...interfaces,
      { name: 'eth1', addresses: [{ address: '192.0.2.17', prefixLength: 24 }] },
      { name: 'docker0', addresses: [{ address: '172.17.0.1', prefixLength: 16 }] },
    ],
    routes: [...routes, { destination: '172.17.0.0/16', interface: 'docker0' }],
    sysctls: new Map([...sysctls, ['net.ipv4.ip_forward', '1'], ['net.ipv4.conf.eth1.rp_filter', '0']]),
  });
  expect(judge(host, { ...attempt, to: '192.0.2.17' }).parts[0]?.outcomes).toMatchObject([
    { result: 'dropped', by: { chain: 'FORWARD' }, silencedBy: { chain: 'OUTPUT' } },
  ]);
});

test('a connection that conntrack takes up with a packet of the host has its origin there', () => {
  const mangle = (rule: string) =>
    ['*mangle', ':OUTPUT ACCEPT [0:0]', `-A OUTPUT ${rule} -j DROP`, 'COMMIT', ''].join('\n');
  const inwards = raw('-A PREROUTING -s 10.0.0.0/8 -j CT --notrack');
  const results = (rule: string) => outcomes(inwards + mangle(rule) + open)?.map(({ result }) => result);
  expect(results('-m conntrack --ctorigsrc 172.31.40.17')).not.toContain('accepted');
  expect(results('-m conntrack --ctorigsrc 10.0.0.0/8')).toEqual(['accepted']);
  expect(results('-m conntrack --ctorigdst 10.0.0.0/8')).not.toContain('accepted');
  expect(results('-p tcp -m conntrack --ctorigdstport 5432')).toEqual(['accepted']);
});

test('once it has taken a connection up, conntrack knows the later packets of the client', () => {
  const first = '-A INPUT -m conntrack --ctstate NEW,UNTRACKED -j ACCEPT';
  const later = '-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT';
  expect(outcomes(untracked + filterTable([first]))).toMatchObject([{ result: 'dropped', phase: 'data' }]);
  expect(outcomes(untracked + filterTable([first, later]))).toMatchObject([{ result: 'accepted' }]);
});

test('a mark that a packet of the client leaves on the connection is met by its next packets', () => {
  const first = '-A INPUT -m state --state NEW -j ACCEPT';
  const unmarked = (...change: readonly string[]) => [
    '-A INPUT -m connmark --mark 0x0 -j marks',
    `-A marks -j CONNMARK ${change.join(' ')}`,
    '-A marks -j ACCEPT',
  ];
  const marking = (...rules: readonly string[]) => outcomes(filterTable([first, ...rules], ['marks']));
  expect(marking(...unmarked('--set-xmark', '0x1/0xffffffff'))).toMatchObject([
    { result: 'dropped', phase: 'data', by: { kind: 'policy', chain: 'INPUT' } },
  ]);
  expect(
    marking(...unmarked('--set-xmark', '0x1/0xffffffff'), '-A INPUT -m connmark --mark 0x1 -j ACCEPT'),
  ).toMatchObject([{ result: 'accepted' }]);
  // A mark that goes to and fro ends where it has been seen before.
  const toggled = '-A INPUT -m connmark ! --mark 0x2 -j marks';
  expect(marking(toggled, '-A marks -j CONNMARK --set-xmark 0x1/0x0', '-A marks -j ACCEPT')).toMatchObject([
    { result: 'accepted' },
  ]);
});

test('a mark that changes with each packet for long is followed no further, and the end not known', () => {
  const counting = Array.from({ length: 12 }, (_, at) => [
    `-A INPUT -m connmark --mark ${at} -j m${at}`,
    `-A m${at} -j CONNMARK --set-xmark ${at + 1}/0xffffffff`,
    `-A m${at} -j ACCEPT`,
  ]).flat();
  const chains = Array.from({ length: 12 }, (_, at) => `m${at}`);
  expect(outcomes(filterTable(counting, chains))).toMatchObject([
    { result: 'unknown', why: expect.stringMatching(/mark changes/) },
  ]);
});

test('a set that a packet of the client may have changed is in doubt for its next packets', () => {
  const rules = [
    '-A INPUT -m state --state NEW -j ACCEPT',
    '-A INPUT -m set ! --match-set seen src -j marks',
    '-A marks -j SET --add-set seen src',
    '-A marks -j ACCEPT',
  ];
  const ipsets = parseIpsetSave('host/ipset-save.txt', 'create seen hash:ip family inet\n');
  const host = hostOf([parseIptablesSave('host/iptables-nft-save.txt', filterTable(rules, ['marks']))], { ipsets });
  const results = judge(host, attempt).parts[0]?.outcomes.map(({ result }) => result);
  expect(results).toContain('dropped');
});
