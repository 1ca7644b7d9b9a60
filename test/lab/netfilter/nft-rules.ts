import fc from 'fast-check';
import type { Focus } from './nft-focus.ts';

/** Random rulesets in nft's own words, made so that rules often match the lab's flows. */

const pick = <T>(...values: readonly T[]) => fc.constantFrom(...values);
const compared = (left: string, ...values: readonly string[]) =>
  fc.tuple(pick('', '', '', '!= '), pick(...values)).map(([op, value]) => `${left} ${op}${value}`);

const NETS = [
  '10.0.0.0/9',
  '10.128.0.0/9',
  '10.1.0.0/16',
  '10.200.0.0/16',
  '10.1.0.0/29',
  '10.1.0.1',
  '10.1.0.4',
  '10.200.0.3',
  '10.1.0.2-10.1.0.4',
  '10.1.0.5-10.200.0.2',
  '{ 10.1.0.1, 10.1.0.7, 10.200.0.0/30 }',
  '{ 10.1.0.2-10.1.0.4, 10.128.0.0/9 }',
  '@clients',
  '@networks',
];
const NETS6 = [
  'fd10::/17',
  'fd10:1::/32',
  'fd10:1::1',
  'fd10:1::2-fd10:1::4',
  '{ fd10:1::1, fd10:200::/32 }',
  '@clients6',
];
const OWN = ['172.31.40.17', '{ 172.31.40.17, 192.0.2.17 }', '172.31.32.0/20', '172.17.0.2'];
const PORTS = ['22', '5432', '6432', '{ 22, 5432 }', '5000-6000', '{ 22, 6000-9000 }', '1-1023', '@ports'];
const STATES = [
  'new',
  'established',
  'established,related',
  'new,untracked',
  'invalid',
  'untracked',
  '{ new, established }',
  '{ invalid, untracked }',
];

type Where = 'before' | 'in' | 'out' | 'user';

function match(where: Where): fc.Arbitrary<string> {
  const out = where === 'out';
  const choices: fc.WeightedArbitrary<string>[] = [
    { arbitrary: compared(out ? 'ip daddr' : 'ip saddr', ...NETS), weight: 8 },
    { arbitrary: compared(out ? 'ip6 daddr' : 'ip6 saddr', ...NETS6), weight: 3 },
    { arbitrary: compared(out ? 'ip saddr' : 'ip daddr', ...OWN), weight: 2 },
    { arbitrary: compared(out ? 'tcp sport' : 'tcp dport', ...PORTS), weight: 6 },
    {
      arbitrary: compared(out ? 'tcp dport' : 'tcp sport', '32768-45000', '>= 45000', '5432').map((text) =>
        text.replace('!= >=', '<'),
      ),
      weight: 1,
    },
    { arbitrary: compared('th dport', '22', '5432', '{ 22, 6432 }'), weight: 1 },
    {
      arbitrary: pick(
        'meta l4proto tcp',
        'meta l4proto udp',
        'meta l4proto { tcp, udp }',
        'meta l4proto != tcp',
        'ip protocol tcp',
        'udp dport 5432',
        'tcp flags syn',
        'tcp flags & (fin|syn|rst|ack) == syn',
        'tcp flags & (syn|ack) == ack',
        'tcp flags & (syn|ack) != syn',
      ),
      weight: 3,
    },
    {
      arbitrary: pick('meta nfproto ipv4', 'meta nfproto ipv6', 'meta protocol ip', 'meta nfproto != ipv4'),
      weight: 1,
    },
    {
      arbitrary: fc
        .tuple(pick('', '', '!= '), pick(...STATES))
        .map(([op, states]) =>
          op === '' || /^(new|established|invalid|untracked)$/.test(states)
            ? `ct state ${op}${states}`
            : `ct state ${states}`,
        ),
      weight: 4,
    },
    {
      arbitrary: pick(
        'ct direction original',
        'ct direction reply',
        'ct status dnat',
        'ct mark 1',
        'ct mark != 0',
        'ct original proto-dst 5432',
        'ct status snat,dnat',
      ),
      weight: 2,
    },
    { arbitrary: compared('meta mark', '1', '2', '{ 1, 3 }', '1-2').map((text) => text), weight: 2 },
    { arbitrary: pick('meta mark & 1 == 1', 'meta mark and 3 != 2', 'meta mark & 3 == 0'), weight: 1 },
    { arbitrary: compared('meta pkttype', 'host', 'broadcast', '{ broadcast, multicast }'), weight: 1 },
    {
      arbitrary: compared(out ? 'fib saddr type' : 'fib daddr type', 'local', 'unicast', '{ local, broadcast }'),
      weight: 2,
    },
    { arbitrary: compared(out ? 'fib daddr type' : 'fib saddr type', 'local', 'unicast', 'broadcast'), weight: 1 },
    {
      arbitrary: compared(
        out ? 'ip daddr . tcp sport' : 'ip saddr . tcp dport',
        '{ 10.1.0.1 . 5432, 10.200.0.0/16 . 22 }',
        '{ 10.0.0.0/9 . 5000-6000, 10.200.0.3 . 0-65535 }',
        '@pairs',
      ),
      weight: 3,
    },
    {
      arbitrary: pick(
        'counter',
        'log prefix "a: "',
        'meta mark set 1',
        'meta mark set meta mark | 2',
        'ct mark set 1',
        'meta mark set ct mark',
        'ct mark set meta mark',
      ),
      weight: 2,
    },
  ];
  if (where === 'before' || where === 'in') {
    choices.push({
      arbitrary: compared('iifname', '"eth0"', '"eth1"', '{ "eth0", "docker0" }', '"eth*"', '"lo"'),
      weight: 3,
    });
    choices.push({ arbitrary: pick('iif "eth0"', 'iif "lo"', 'iif != "eth1"'), weight: 1 });
    choices.push({
      arbitrary: pick(
        'iifname . ip saddr { "eth0" . 10.1.0.1, "eth1" . 10.200.0.3 }',
        'meta l4proto . th dport { tcp . 22, udp . 5432 }',
      ),
      weight: 1,
    });
  }
  if (where === 'before')
    choices.push({
      arbitrary: pick(
        'fib saddr . iif oif missing',
        'fib saddr . iif oif exists',
        'fib daddr . iif type local',
        'fib daddr . iif type != local',
      ),
      weight: 2,
    });
  if (where === 'out') choices.push({ arbitrary: compared('oifname', '"eth0"', '"eth1"', '"eth*"'), weight: 2 });
  return fc.oneof(...choices);
}

const REJECTS = pick(
  'reject',
  'reject with tcp reset',
  'reject with icmpx port-unreachable',
  'reject with icmpx admin-prohibited',
  'reject with icmpx no-route',
  'reject with icmpx host-unreachable',
  'reject with icmp host-prohibited',
  'reject with icmpv6 no-route',
);

function verdict(where: Where, callable: readonly string[], rejects: boolean): fc.Arbitrary<string> {
  const calls =
    callable.length === 0
      ? []
      : [
          {
            arbitrary: fc.tuple(pick('jump', 'jump', 'goto'), pick(...callable)).map((both) => both.join(' ')),
            weight: 6,
          },
        ];
  const target = callable.length === 0 ? 'accept' : `jump ${callable[0]}`;
  return fc.oneof(
    { arbitrary: fc.constant('accept'), weight: 5 },
    { arbitrary: fc.constant('drop'), weight: 4 },
    { arbitrary: pick('return', 'continue', 'counter'), weight: 2 },
    {
      arbitrary: pick(
        `tcp dport vmap { 22 : accept, 5432 : ${target}, 6000-9000 : drop }`,
        'ct state vmap { established : accept, related : accept, invalid : drop }',
        `ip saddr vmap { 10.1.0.0/29 : ${target}, 10.200.0.0/16 : drop, 10.2.0.1 : return }`,
        'ip saddr . tcp dport vmap { 10.1.0.1 . 22 : drop, 10.1.0.2 . 5432 : accept }',
        'meta mark vmap { 1 : drop, 3 : accept }',
        'ip saddr vmap @verdicts',
        ...(where === 'out' ? [] : [`iifname vmap { "lo" : accept, "eth0" : ${target}, "eth1" : continue }`]),
      ),
      weight: 4,
    },
    ...(rejects ? [{ arbitrary: REJECTS, weight: 3 }] : []),
    ...calls,
  );
}

function rule(where: Where, callable: readonly string[], rejects: boolean): fc.Arbitrary<string> {
  const list = fc.oneof(
    { arbitrary: fc.array(match(where), { minLength: 1, maxLength: 3 }), weight: 9 },
    { arbitrary: fc.constant<string[]>([]), weight: 1 },
  );
  return fc
    .tuple(list, verdict(where, callable, rejects))
    .map(([matches, end]) => [...(end.startsWith('reject') ? ofOneFamily(matches) : matches), end].join(' '));
}

/**
 * The listing of nft leaves the family out of a rule that rejects. That one which asks for both families, and so for none, looks
 * then like one that asks for one: such rules are not made.
 */
function ofOneFamily(matches: readonly string[]): readonly string[] {
  return matches.some((text) => /\bip6? /.test(text))
    ? matches.filter((text) => !/^meta (?:nfproto|protocol)/.test(text))
    : matches;
}

const lines = (rules: readonly string[]) => rules.map((text) => `    ${text}\n`).join('');

type Base = {
  readonly name: string;
  readonly where: Where;
  readonly hook: string;
  readonly priority: fc.Arbitrary<string>;
  readonly most: number;
  readonly drop: number;
};

function baseChain(
  { name, where, hook, priority, most, drop }: Base,
  callable: readonly string[],
  focus?: Focus,
): fc.Arbitrary<string> {
  const wanted = focus?.chain === name || (focus?.chain === 'in' && name === 'forwarding') ? focus : undefined;
  const inserted = wanted === undefined ? [] : wanted.chain === 'in' ? ['jump focus'] : wanted.rules;
  const policy = fc.oneof(
    { arbitrary: fc.constant('accept'), weight: 10 - drop },
    { arbitrary: fc.constant('drop'), weight: drop },
  );
  return fc
    .tuple(
      priority,
      policy,
      fc.array(rule(where, callable, where !== 'before'), { minLength: 0, maxLength: most }),
      fc.nat(2),
    )
    .map(
      ([prio, pol, rules, place]) =>
        `  chain ${name} { type filter hook ${hook} priority ${prio}; policy ${pol};\n${lines(rules.toSpliced(place, 0, ...inserted))}  }`,
    );
}

const SETS = `
  set clients { type ipv4_addr; elements = { 10.1.0.1, 10.1.0.3, 10.200.0.2 } }
  set networks { type ipv4_addr; flags interval; elements = { 10.1.0.0/30, 10.200.0.3-10.201.5.4 } }
  set clients6 { type ipv6_addr; flags interval; elements = { fd10:1::1, fd10:200::/32 } }
  set ports { type inet_service; flags interval; elements = { 22, 6000-7000 } }
  set pairs { type ipv4_addr . inet_service; elements = { 10.1.0.1 . 22, 10.1.0.2 . 5432, 10.200.0.1 . 22 } }
  map homes { type ipv4_addr : ipv4_addr; flags interval; elements = { 10.1.0.0/29 : 172.17.0.2, 10.200.0.3 : 172.31.40.18 } }
  map verdicts { type ipv4_addr : verdict; flags interval; elements = { 10.1.0.0/30 : accept, 10.200.0.2 : drop } }
`;

/** Two inet tables whose base chains meet the same hooks, and nat chains; with a focus on one match, where given. */
export function nftRuleset(focus?: Focus): fc.Arbitrary<string> {
  const users = ['a', 'b', 'c', 'd', 'e'];
  const called = focus?.chain === 'in' ? [`  chain focus {\n${lines(focus.rules)}  }`] : [];
  const userChains = fc
    .tuple(...users.map((_, i) => fc.array(rule('user', users.slice(i + 1), false), { minLength: 1, maxLength: 4 })))
    .map((lists) => lists.map((rules, i) => `  chain ${users[i]} {\n${lines(rules)}  }`).reverse());
  const bases: readonly Base[] = [
    { name: 'early', where: 'before', hook: 'prerouting', priority: pick('-300', '-150', '-210'), most: 2, drop: 0 },
    { name: 'in', where: 'in', hook: 'input', priority: pick('0', '10', '-5'), most: 6, drop: 4 },
    { name: 'forwarding', where: 'in', hook: 'forward', priority: pick('0', '5'), most: 4, drop: 3 },
    { name: 'out', where: 'out', hook: 'output', priority: pick('0', '20'), most: 2, drop: 1 },
  ];
  const second: readonly Base[] = [
    { name: 'later', where: 'in', hook: 'input', priority: pick('1', '11', '50', '-10'), most: 3, drop: 1 },
  ];
  const notrack = pick(
    '',
    '',
    '',
    '  chain raw { type filter hook prerouting priority raw; policy accept; ip saddr 10.1.0.1 notrack\n ip saddr 10.200.0.0/16 tcp dport 22 notrack\n }',
  );
  const nat = fc
    .array(
      pick(
        'ip saddr 10.1.0.0/16 tcp dport 5432 dnat ip to 172.17.0.2:5432',
        'tcp dport 22 redirect to :8080',
        'ip saddr 10.200.0.0/16 tcp dport 5432 redirect to :6432',
        'ip daddr 192.0.2.17 tcp dport { 22, 5432 } dnat ip to 172.31.40.17:6432',
        'ip saddr @clients accept',
        'fib daddr type local tcp dport 22 dnat ip to 172.17.0.2',
        'dnat ip to tcp dport map { 22 : 172.17.0.2, 5432 : 172.31.40.18 }',
        'dnat ip to ip saddr map @homes',
        'dnat ip addr . port to tcp dport map { 22 : 172.17.0.2 . 5432, 5432 : 172.31.40.17 . 6432 }',
        'meta l4proto tcp redirect to : tcp dport map { 22 : 8080, 5432 : 6432 }',
        'meta mark set tcp dport map { 22 : 1, 5432 : 3 }',
        'meta mark set ip saddr map { 10.1.0.0/29 : 1, 10.200.0.0/16 : 2 }',
      ),
      { maxLength: 2 },
    )
    .map((rules) => `  chain nat { type nat hook prerouting priority dstnat; policy accept;\n${lines(rules)}  }`);
  const source = fc
    .array(pick('masquerade', 'ip saddr 10.0.0.0/9 snat ip to 172.17.0.1', 'oifname "docker0" masquerade'), {
      maxLength: 1,
    })
    .map((rules) => `  chain source { type nat hook postrouting priority srcnat; policy accept;\n${lines(rules)}  }`);
  return fc
    .tuple(
      userChains,
      fc.tuple(...bases.map((base) => baseChain(base, base.where === 'out' ? [] : users, focus))),
      fc.tuple(...second.map((base) => baseChain(base, []))),
      notrack,
      nat,
      source,
    )
    .map(
      ([user, first, others, raw, translations, sources]) =>
        `table inet one {${SETS}${[...called, ...user, ...first, translations, sources].join('\n')}\n}\ntable inet two {${SETS}${[...others, raw].join('\n')}\n}\n`,
    );
}
