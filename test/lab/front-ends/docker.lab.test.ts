import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { carryOut, clear, judged, record, steps } from './proof.ts';
import { attempt, buildSource, listen, type Source } from './source.ts';

const RI = { from: 'ri', to: '172.31.40.17' } as const;

let source: Source;
beforeAll(async () => {
  source = await buildSource();
  const { db1 } = source;
  await db1.run('sysctl -q -w net.ipv4.ip_forward=1 && mkdir -p /run/netns && ip netns add container');
  await db1.run('ip link add docker0 type bridge && ip addr add 172.17.0.1/16 dev docker0 && ip link set docker0 up');
  await db1.run('ip link add veth0 type veth peer name eth0 netns container && ip link set veth0 master docker0 up');
  await db1.run(
    'ip -n container link set lo up && ip -n container addr add 172.17.0.2/16 dev eth0 && ip -n container link set eth0 up && ip -n container route add default via 172.17.0.1',
  );
  await db1.run('sysctl -q -w net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.docker0.rp_filter=0');
  await listen(db1, 'ip netns exec container');
});
afterAll(() => source?.lab.close());
beforeEach(() => clear(source.db1));

const nat = `*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
-A POSTROUTING -s 172.17.0.2/32 -d 172.17.0.2/32 -p tcp -m tcp --dport 5432 -j MASQUERADE
-A DOCKER -i docker0 -j RETURN
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 5432 -j DNAT --to-destination 172.17.0.2:5432
COMMIT
`;

/** The filter table of docker 20 to 27, as its own iptables-save shows it. */
const docker20 = (...user: readonly string[]) => `${nat}*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:DOCKER - [0:0]
:DOCKER-ISOLATION-STAGE-1 - [0:0]
:DOCKER-ISOLATION-STAGE-2 - [0:0]
:DOCKER-USER - [0:0]
-A FORWARD -j DOCKER-USER
-A FORWARD -j DOCKER-ISOLATION-STAGE-1
-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -o docker0 -j DOCKER
-A FORWARD -i docker0 ! -o docker0 -j ACCEPT
-A FORWARD -i docker0 -o docker0 -j ACCEPT
-A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 5432 -j ACCEPT
-A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2
-A DOCKER-ISOLATION-STAGE-1 -j RETURN
-A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP
-A DOCKER-ISOLATION-STAGE-2 -j RETURN
${user.map((line) => `-A DOCKER-USER ${line}\n`).join('')}-A DOCKER-USER -j RETURN
COMMIT
`;

/** The same of docker 28: one chain for the bridges, and a drop of what is not published. */
const docker28 = (...user: readonly string[]) => `*raw
:PREROUTING ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A PREROUTING -d 172.17.0.2/32 ! -i docker0 -j DROP
COMMIT
${nat}*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:DOCKER - [0:0]
:DOCKER-BRIDGE - [0:0]
:DOCKER-CT - [0:0]
:DOCKER-FORWARD - [0:0]
:DOCKER-ISOLATION-STAGE-1 - [0:0]
:DOCKER-ISOLATION-STAGE-2 - [0:0]
:DOCKER-USER - [0:0]
-A FORWARD -j DOCKER-USER
-A FORWARD -j DOCKER-FORWARD
-A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 5432 -j ACCEPT
-A DOCKER ! -i docker0 -o docker0 -j DROP
-A DOCKER-BRIDGE -o docker0 -j DOCKER
-A DOCKER-CT -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A DOCKER-FORWARD -j DOCKER-CT
-A DOCKER-FORWARD -j DOCKER-ISOLATION-STAGE-1
-A DOCKER-FORWARD -j DOCKER-BRIDGE
-A DOCKER-FORWARD -i docker0 -j ACCEPT
-A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2
-A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP
${user.map((line) => `-A DOCKER-USER ${line}\n`).join('')}COMMIT
`;

/** The published port as the kernel and the engine see it: shut, then every step of the plan, then open behind the host. */
async function opens(rules: string): Promise<string[]> {
  await source.db1.run('iptables-restore', { input: rules });
  expect(await attempt(source, RI)).not.toBe('open');
  const before = judged(await record(source, RI));
  expect(before.verdict).toBe('blocked');
  await carryOut(source.db1, before.plan.steps);
  expect(await attempt(source, RI, 5)).toBe('open');
  const after = judged(await record(source, RI));
  // What stands in the container is not looked at, so nothing is called open.
  expect(after.verdict).toBe('undetermined');
  expect(JSON.stringify(after.findings)).toContain('hands the connection on to 172.17.0.2:5432');
  return steps(before);
}

test.each([
  ['20', docker20],
  ['28', docker28],
])('a port that docker %s publishes is forwarded: the rules of INPUT are not asked', async (_version, rules) => {
  await source.db1.run('iptables-restore', { input: rules().replace(':INPUT ACCEPT', ':INPUT DROP') });
  expect(await attempt(source, RI)).toBe('open');
  expect(judged(await record(source, RI)).verdict).toBe('undetermined');
});

test.each([
  ['20', docker20],
  ['28', docker28],
])(
  'a drop in DOCKER-USER of docker %s: a rule before it, in the chain that docker leaves alone',
  async (_version, rules) => {
    const made = await opens(rules('-s 172.31.36.21/32 -j RETURN', '-i eth0 -p tcp -m tcp --dport 5432 -j DROP'));
    expect(made).toEqual(['iptables-nft -I DOCKER-USER 2 -s 172.31.23.112/32 -p tcp -m tcp --dport 5432 -j ACCEPT']);
  },
);

test('docker does not accept the port behind it: DOCKER-USER, asked before everything else', async () => {
  const unpublished = docker28().replace(/-A DOCKER -d 172\.17\.0\.2.*\n/, '');
  expect(await opens(unpublished)).toEqual([
    'iptables-nft -I DOCKER-USER 1 -s 172.31.23.112/32 -p tcp -m tcp --dport 5432 -j ACCEPT',
  ]);
});
