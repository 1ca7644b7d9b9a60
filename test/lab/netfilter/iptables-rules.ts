import fc from 'fast-check';
import type { Focus } from './iptables-focus.ts';

/** Random rulesets for `iptables-restore`, made so that rules often match the lab's flows. */

type Family = 4 | 6;
export type GeneratedTables = { readonly family: Family; readonly text: string };

const pick = <T>(...values: readonly T[]) => fc.constantFrom(...values);
const not = fc.oneof({ arbitrary: fc.constant(''), weight: 4 }, { arbitrary: fc.constant('! '), weight: 1 });
const negated = (option: string, value: fc.Arbitrary<string>) =>
  fc.tuple(not, value).map(([bang, text]) => `${bang}${option} ${text}`);

const NETS: Record<Family, fc.Arbitrary<string>> = {
  4: pick(
    '10.0.0.0/9',
    '10.128.0.0/9',
    '10.1.0.0/16',
    '10.200.0.0/16',
    '10.1.0.0/29',
    '10.1.0.2/31',
    '10.1.0.1',
    '10.1.0.4',
    '10.200.0.3',
    '10.200.0.0/30',
    '10.0.0.1/255.0.0.1',
    '10.0.0.4/255.0.0.6',
  ),
  6: pick(
    'fd10::/17',
    'fd10:8000::/17',
    'fd10:1::/32',
    'fd10:200::/32',
    'fd10:1::/125',
    'fd10:1::2/127',
    'fd10:1::1',
    'fd10:1::4',
    'fd10:200::3',
    'fd00::1/ff00::1',
  ),
};
const RANGES: Record<Family, fc.Arbitrary<string>> = {
  4: pick('10.1.0.2-10.1.0.4', '10.1.0.5-10.200.0.2', '10.0.0.0-10.1.0.3'),
  6: pick('fd10:1::2-fd10:1::4', 'fd10:1::5-fd10:200::2', 'fd10::-fd10:1::3'),
};
const OWN: Record<Family, fc.Arbitrary<string>> = {
  4: pick('172.31.40.17', '198.51.100.17', '192.0.2.17', '172.31.32.0/20', '172.17.0.2'),
  6: pick('fd31::17', 'fd31::/64', 'fd17::2'),
};
const PORTS = pick('22', '5432', '6432', '8080', '5000:6000', ':1024', '6000:', 'postgresql', '1:65535');
const SOURCE_PORTS = pick('32768:45000', '45000:', '5432', '1024:65535');
const FLAGS = pick(
  'SYN,RST,ACK,FIN SYN',
  'ALL SYN',
  'SYN SYN',
  'ALL NONE',
  'SYN,FIN SYN,FIN',
  'ACK ACK',
  'RST,FIN NONE',
);
const STATES = pick(
  'NEW',
  'NEW,ESTABLISHED',
  'RELATED,ESTABLISHED',
  'INVALID',
  'UNTRACKED',
  'NEW,UNTRACKED',
  'INVALID,NEW,UNTRACKED',
  'ESTABLISHED',
);
const CONNTRACK_STATES = fc.oneof(
  { arbitrary: STATES, weight: 4 },
  { arbitrary: pick('DNAT', 'SNAT', 'NEW,DNAT'), weight: 1 },
);
const MARKS = pick('0x1', '0x0', '0x1/0x1', '0x2/0x3', '0x0/0xff', '0x3');

const TYPES: Record<Family, fc.Arbitrary<string>> = {
  4: pick('LOCAL', 'UNICAST', 'BROADCAST', 'MULTICAST'),
  6: pick('LOCAL', 'UNICAST', 'MULTICAST'),
};

type Where = 'before' | 'in' | 'out' | 'user';

function matches(family: Family, where: Where, table: string): fc.Arbitrary<string> {
  const tcp = fc.oneof(
    fc.constant('-p tcp'),
    negated('--dport', PORTS).map((text) => `-p tcp -m tcp ${text}`),
    negated('--sport', SOURCE_PORTS).map((text) => `-p tcp -m tcp ${text}`),
    negated('--tcp-flags', FLAGS).map((text) => `-p tcp -m tcp ${text}`),
    not.map((bang) => `-p tcp -m tcp ${bang}--syn`),
    fc
      .tuple(negated('--dport', PORTS), negated('--sport', SOURCE_PORTS))
      .map((both) => `-p tcp -m tcp ${both.join(' ')}`),
    fc
      .tuple(
        not,
        pick('--dports', '--sports', '--ports'),
        pick('22,5432', '5432:6432', '6432,8080,22', '1024:65535,22', '32768:60999'),
      )
      .map(([bang, option, ports]) => `-p tcp -m multiport ${bang}${option} ${ports}`),
    not.map((bang) => `-p tcp -m tcp ${bang}--tcp-option 2`),
    pick('-p udp', '! -p udp', '! -p tcp', '-p 6', '-p icmp', '-p all', '-p udp -m udp --dport 5432'),
  );
  const source = where === 'out' ? negated('-d', NETS[family]) : negated('-s', NETS[family]);
  const range = negated(where === 'out' ? '--dst-range' : '--src-range', RANGES[family]).map(
    (text) => `-m iprange ${text}`,
  );
  const choices: fc.WeightedArbitrary<string>[] = [
    { arbitrary: source, weight: 8 },
    { arbitrary: range, weight: 2 },
    { arbitrary: tcp, weight: 7 },
    { arbitrary: negated(where === 'out' ? '-s' : '-d', OWN[family]), weight: 2 },
    { arbitrary: negated('--ctstate', CONNTRACK_STATES).map((text) => `-m conntrack ${text}`), weight: 3 },
    { arbitrary: negated('--state', STATES).map((text) => `-m state ${text}`), weight: 2 },
    { arbitrary: negated('--mark', MARKS).map((text) => `-m mark ${text}`), weight: 2 },
    { arbitrary: negated('--mark', MARKS).map((text) => `-m connmark ${text}`), weight: 1 },
    { arbitrary: pick('-m comment --comment "it\'s \\"quoted\\" -j DROP"', '-m comment --comment plain'), weight: 1 },
    {
      arbitrary: negated('--pkt-type', pick('unicast', 'broadcast', 'multicast')).map((text) => `-m pkttype ${text}`),
      weight: 1,
    },
    {
      arbitrary: negated(where === 'out' ? '--src-type' : '--dst-type', TYPES[family]).map(
        (text) => `-m addrtype ${text}`,
      ),
      weight: 2,
    },
    {
      arbitrary: negated(where === 'out' ? '--dst-type' : '--src-type', pick('LOCAL', 'UNICAST', 'LOCAL,UNICAST')).map(
        (text) => `-m addrtype ${text}`,
      ),
      weight: 1,
    },
    {
      arbitrary: fc
        .tuple(negated('--ctorigdstport', pick('5432', '22', '1:6000')), pick('', ' --ctproto tcp'))
        .map((both) => `-p tcp -m conntrack ${both.join('')}`),
      weight: 1,
    },
    {
      arbitrary: fc.oneof(
        negated(
          '--ctorigsrc',
          NETS[family].filter((text) => !/\/.*[.:]/.test(text)),
        ).map((text) => `-m conntrack ${text}`),
        negated('--ctorigdst', OWN[family]).map((text) => `-m conntrack ${text}`),
      ),
      weight: 1,
    },
    {
      arbitrary: pick(
        '-m conntrack --ctdir ORIGINAL',
        '-m conntrack --ctdir REPLY',
        '-m conntrack --ctstatus NONE',
        '-m conntrack --ctstatus SEEN_REPLY',
      ),
      weight: 1,
    },
    { arbitrary: negated('--helper', pick('ftp', 'sip')).map((text) => `-m helper ${text}`), weight: 1 },
    {
      arbitrary: negated('--length', pick('0:20', '20:200', '200:65535')).map((text) => `-m length ${text}`),
      weight: 1,
    },
  ];
  if (where === 'before' || where === 'in') {
    choices.push({ arbitrary: negated('-i', pick('eth0', 'eth1', 'eth+', 'docker0', 'lo', 'e+')), weight: 3 });
    choices.push({ arbitrary: pick('-m policy --dir in --pol none', '-m policy --dir in --pol ipsec'), weight: 1 });
    choices.push({
      arbitrary: pick(
        '-m physdev --physdev-in eth0',
        '-m physdev ! --physdev-in eth0',
        '-m physdev --physdev-is-bridged',
        '-m physdev ! --physdev-is-bridged',
      ),
      weight: 1,
    });
  }
  if (where === 'out')
    choices.push({
      arbitrary: negated('--uid-owner', pick('26', '0', '20-30')).map((text) => `-m owner ${text}`),
      weight: 1,
    });
  if (where === 'out')
    choices.push({ arbitrary: negated('-o', pick('eth0', 'eth1', 'eth+', 'lo', 'docker0')), weight: 3 });
  if (where === 'before' && (table === 'raw' || table === 'mangle')) {
    choices.push({
      arbitrary: pick('-m rpfilter', '-m rpfilter --invert', '-m rpfilter --loose', '-m rpfilter --loose --invert'),
      weight: 2,
    });
  }
  if (family === 6) choices.push({ arbitrary: pick('-m rt --rt-type 0', '-m frag --fragid 1', '-m hbh'), weight: 1 });
  return fc.oneof(...choices);
}

const REJECTS: Record<Family, fc.Arbitrary<string>> = {
  4: pick(
    '',
    ' --reject-with icmp-port-unreachable',
    ' --reject-with icmp-host-prohibited',
    ' --reject-with icmp-admin-prohibited',
    ' --reject-with icmp-net-unreachable',
    ' --reject-with icmp-host-unreachable',
    ' --reject-with icmp-proto-unreachable',
    ' --reject-with icmp-net-prohibited',
  ),
  6: pick(
    '',
    ' --reject-with icmp6-port-unreachable',
    ' --reject-with icmp6-no-route',
    ' --reject-with icmp6-adm-prohibited',
    ' --reject-with icmp6-addr-unreachable',
    ' --reject-with icmp6-policy-fail',
    ' --reject-with icmp6-reject-route',
  ),
};

function target(family: Family, table: string, chain: string, callable: readonly string[]): fc.Arbitrary<string> {
  const calls =
    callable.length === 0
      ? []
      : [
          {
            arbitrary: fc.tuple(pick('-j', '-j', '-j', '-g'), pick(...callable)).map((both) => both.join(' ')),
            weight: 9,
          },
        ];
  const marks = {
    arbitrary: pick(
      '-j MARK --set-xmark 0x1/0xffffffff',
      '-j MARK --set-mark 0x2/0x3',
      '-j MARK --or-mark 0x3',
      '-j MARK --xor-mark 0x1',
      '-j MARK --and-mark 0xfe',
    ),
    weight: 2,
  };
  const connmarks = {
    arbitrary: pick(
      '-j CONNMARK --set-xmark 0x1/0xffffffff',
      '-j CONNMARK --save-mark',
      '-j CONNMARK --restore-mark',
      '-j CONNMARK --restore-mark --nfmask 0x1 --ctmask 0x3',
    ),
    weight: 1,
  };
  const verdicts = [
    { arbitrary: fc.constant('-j ACCEPT'), weight: 5 },
    { arbitrary: fc.constant('-j DROP'), weight: table === 'filter' ? 4 : 1 },
    { arbitrary: fc.constant('-j RETURN'), weight: 2 },
    {
      arbitrary: pick('', '-j LOG --log-prefix "a b "', '-j TRACE').filter(
        (text) => table === 'raw' || text !== '-j TRACE',
      ),
      weight: 1,
    },
  ];
  if (table === 'nat' && chain === 'POSTROUTING') {
    const source = family === 4 ? '172.17.0.1' : 'fd17::1';
    return pick('-j MASQUERADE', `-j SNAT --to-source ${source}`, '-j ACCEPT');
  }
  if (table === 'nat') {
    const to =
      family === 4
        ? pick('172.17.0.2:5432', '172.17.0.2', '172.31.40.17:6432', ':8080')
        : pick('[fd17::2]:5432', 'fd17::2', '[fd31::17]:6432');
    return fc.oneof(
      { arbitrary: fc.constant('-j ACCEPT'), weight: 2 },
      { arbitrary: fc.constant('-j RETURN'), weight: 1 },
      { arbitrary: to.map((text) => `-p tcp -j DNAT --to-destination ${text}`), weight: 3 },
      { arbitrary: pick('-p tcp -j REDIRECT --to-ports 6432', '-p tcp -j REDIRECT --to-ports 8080'), weight: 2 },
      ...calls,
    );
  }
  const reject =
    table === 'filter'
      ? [
          {
            arbitrary: fc.oneof(
              REJECTS[family].map((kind) => `-j REJECT${kind}`),
              fc.constant('-p tcp -j REJECT --reject-with tcp-reset'),
            ),
            weight: 3,
          },
        ]
      : [];
  const notrack = table === 'raw' ? [{ arbitrary: pick('-j NOTRACK', '-j CT --notrack'), weight: 4 }] : [];
  return fc.oneof(...verdicts, ...calls, marks, connmarks, ...reject, ...notrack);
}

function rule(
  family: Family,
  where: Where,
  table: string,
  chain: string,
  callable: readonly string[],
): fc.Arbitrary<string> {
  return fc
    .tuple(
      fc.oneof(
        { arbitrary: fc.array(matches(family, where, table), { minLength: 1, maxLength: 3 }), weight: 9 },
        { arbitrary: fc.constant([]), weight: 1 },
      ),
      target(family, table, chain, callable),
    )
    .map(([list, end]) => {
      const own = onlyOne(end.includes('-p tcp') ? list.filter((text) => !text.includes('-p ')) : list);
      return `-A ${chain} ${[...own, end].filter(Boolean).join(' ')}`;
    });
}

/** One option of a kind for each rule: iptables refuses a second protocol, interface, source … */
function onlyOne(list: readonly string[]): string[] {
  const seen = new Set<string>();
  return list.filter((text) => {
    const kinds = (text.match(/(?<= |^)(-[psdio]|-m \w+)(?= )/g) ?? []).map((kind) => kind.trim());
    if (kinds.some((kind) => seen.has(kind))) return false;
    for (const kind of kinds) seen.add(kind);
    return true;
  });
}

const policy = (drop: number) =>
  fc.oneof({ arbitrary: fc.constant('ACCEPT'), weight: 10 - drop }, { arbitrary: fc.constant('DROP'), weight: drop });

/** A table: its built-in chains with at most so many rules, and user chains that call only later ones. */
function tableOf(
  family: Family,
  name: string,
  builtIn: readonly { chain: string; where: Where; most: number; least?: number; drop: number }[],
  users: number,
  wanted?: Focus,
): fc.Arbitrary<string> {
  const userChains = Array.from(
    { length: users },
    (_, i) => `${name === 'filter' ? 'u' : name.slice(0, 1)}-${'abcdef'[i]}`,
  );
  const forward: Where = 'user';
  return fc
    .tuple(
      fc.tuple(...builtIn.map(({ drop }) => policy(drop))),
      fc.tuple(
        ...builtIn.map(({ chain, where, most, least }) =>
          fc.array(rule(family, where, name, chain, where === 'out' ? [] : userChains), {
            minLength: least ?? 0,
            maxLength: most,
          }),
        ),
      ),
      fc.tuple(
        ...userChains.map((chain, i) =>
          fc.array(rule(family, forward, name, chain, userChains.slice(i + 1)), { minLength: 1, maxLength: 5 }),
        ),
      ),
      fc.nat(2),
    )
    .map(([policies, rules, userRules, place]) => {
      const focusOf = (chain: string) => (wanted?.table === name && wanted.chains.includes(chain) ? wanted : undefined);
      const inserted = (chain: string) => {
        const found = focusOf(chain);
        if (found === undefined) return [];
        return found.called ? [`-A ${chain} -j focus`] : found.rules.map((text) => `-A ${chain} ${text}`);
      };
      const called = wanted?.table === name && wanted.called ? wanted.rules : undefined;
      return [
        `*${name}`,
        ...builtIn.map(({ chain }, i) => `:${chain} ${policies[i]} [0:0]`),
        ...userChains.map((chain) => `:${chain} - [0:0]`),
        ...(called ? [':focus - [0:0]'] : []),
        ...builtIn.flatMap(({ chain }, i) => (rules[i] as string[]).toSpliced(place, 0, ...inserted(chain))),
        ...userRules.flat(),
        ...(called ?? []).map((text) => `-A focus ${text}`),
        'COMMIT',
      ].join('\n');
    });
}

/** All tables of one family; with a focus on one match, where given. */
export function iptablesTables(family: Family, focus?: Focus): fc.Arbitrary<GeneratedTables> {
  return tables(family, focus).map((text) => ({ family, text }));
}

function tables(family: Family, focus: Focus | undefined): fc.Arbitrary<string> {
  return fc
    .tuple(
      tableOf(
        family,
        'raw',
        [
          { chain: 'PREROUTING', where: 'before', most: 2, drop: 0 },
          { chain: 'OUTPUT', where: 'out', most: 1, drop: 0 },
        ],
        1,
      ),
      tableOf(
        family,
        'mangle',
        [
          { chain: 'PREROUTING', where: 'before', most: 3, drop: 0 },
          { chain: 'INPUT', where: 'in', most: 2, drop: 0 },
          { chain: 'FORWARD', where: 'in', most: 1, drop: 0 },
          { chain: 'OUTPUT', where: 'out', most: 1, drop: 0 },
          { chain: 'POSTROUTING', where: 'out', most: 1, drop: 0 },
        ],
        1,
        focus,
      ),
      tableOf(
        family,
        'nat',
        [
          { chain: 'PREROUTING', where: 'before', most: 2, drop: 0 },
          { chain: 'INPUT', where: 'in', most: 0, drop: 0 },
          { chain: 'OUTPUT', where: 'out', most: 0, drop: 0 },
          { chain: 'POSTROUTING', where: 'out', most: 1, drop: 0 },
        ],
        1,
      ),
      tableOf(
        family,
        'filter',
        [
          { chain: 'INPUT', where: 'in', most: 8, least: 2, drop: 5 },
          { chain: 'FORWARD', where: 'in', most: 5, drop: 3 },
          { chain: 'OUTPUT', where: 'out', most: 2, drop: 1 },
        ],
        5,
        focus,
      ),
      tableOf(
        family,
        'security',
        [
          { chain: 'INPUT', where: 'in', most: 1, drop: 0 },
          { chain: 'FORWARD', where: 'in', most: 0, drop: 0 },
          { chain: 'OUTPUT', where: 'out', most: 0, drop: 0 },
        ],
        0,
      ),
    )
    .map((parts) => `${parts.join('\n')}\n`);
}
