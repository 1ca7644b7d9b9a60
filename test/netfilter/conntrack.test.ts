import { expect, test } from 'vitest';
import { judge, parseIptablesSave } from '../../src/netfilter/index.ts';
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
