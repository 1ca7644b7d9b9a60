import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Checked } from '../../../src/check.ts';
import { clear, judged, type Proof, provesItsFix, record, steps } from './proof.ts';
import { attempt, buildSource, type Attempt, type Source } from './source.ts';

const RI = { from: 'ri', to: '172.31.40.17' } as const;
const PEER = { from: 'peer', to: '10.77.0.17' } as const;
const sections =
  '?SECTION ALL\n?SECTION ESTABLISHED\n?SECTION RELATED\n?SECTION INVALID\n?SECTION UNTRACKED\n?SECTION NEW\n';

type Files = Readonly<Partial<Record<'zones' | 'interfaces' | 'hosts' | 'policy' | 'blrules' | 'rules', string>>>;

const one: Files = {
  zones: 'fw firewall\nnet ipv4\n',
  interfaces: '?FORMAT 2\nnet eth0 tcpflags,nosmurfs\n- eth1 ignore\n',
  policy: '$FW net ACCEPT\n# everything else\nnet all DROP info\nall all REJECT info\n',
  rules: `${sections}SSH(ACCEPT) net $FW\nPing(ACCEPT) net $FW\nACCEPT net:172.31.32.0/20 $FW tcp 5432\n`,
};
const two: Files = {
  zones: 'fw firewall\nnet ipv4\nlab ipv4\n',
  interfaces: '?FORMAT 2\nnet eth0 tcpflags,nosmurfs\nlab eth1 tcpflags\n',
  policy: '$FW all ACCEPT\nnet all DROP info\nlab $FW REJECT info\nall all REJECT info\n',
  rules: `${sections}SSH(ACCEPT) net,lab $FW\nACCEPT net:172.31.32.0/20 $FW tcp 5432\n`,
};

let source: Source;
beforeAll(async () => {
  source = await buildSource();
  await source.db1.run("sed -i 's/^startup=.*/startup=1/' /etc/default/shorewall");
});
afterAll(() => source?.lab.close());
beforeEach(async () => {
  await clear(source.db1);
  await source.db1.run(
    'rm -rf /var/lib/shorewall/* /var/lib/shorewall/.[a-z]* /etc/shorewall/{zones,interfaces,hosts,policy,blrules,rules}'.replace(
      /\{(.*)\}/,
      (_, names: string) => names.split(',').join(' /etc/shorewall/').replace(' /etc/shorewall/ ', ' '),
    ),
  );
});

/** Writes the configuration, and starts shorewall; then the clock moves on by the second that files' times are counted in. */
async function start(files: Files, options = ''): Promise<void> {
  const { db1 } = source;
  for (const [name, text] of Object.entries(files)) await db1.run(`cat > /etc/shorewall/${name}`, { input: text });
  await db1.run(
    `cp /usr/share/shorewall/configfiles/shorewall.conf /etc/shorewall/; sed -i 's/^TRACK_RULES=.*/TRACK_RULES=File/; ${options}' /etc/shorewall/shorewall.conf`,
  );
  await db1.run('shorewall start >/run/shorewall.log 2>&1 || { cat /run/shorewall.log >&2; exit 1; }');
}

/** The line of shorewall's own files that the blocking finding names. */
function origin(checked: Checked): string | undefined {
  const block = checked.findings.find(({ code }) => code === 'SHW002');
  const line = block?.evidence.find(({ source: name }) => name.startsWith('host/shorewall/'));
  return line && `${line.source.slice('host/shorewall/'.length)}:${line.line}`;
}

/** The rules as shorewall keeps them, each with a note of the line that it came from (TRACK_RULES=File). */
const kept = (): Promise<string> => source.db1.run('cat /var/lib/shorewall/.iptables-restore-input');

/** What shorewall itself notes of the deciding rule, or of the innermost jump that led to it. */
function noted({ before, evidence }: Pick<Proof, 'before' | 'evidence'>, rules: string): string | undefined {
  const saved = evidence.items.get('host/iptables-nft-save.txt');
  const live = saved !== undefined && 'text' in saved ? saved.text.split('\n') : [];
  const block = before.findings.find(({ code }) => code === 'SHW002');
  const [rule, ...jumps] = (block?.evidence ?? []).filter((shown) => shown.source === 'host/iptables-nft-save.txt');
  for (const shown of [rule, ...jumps.toReversed()]) {
    const chain = /-A (\S+)/.exec(shown?.text ?? '')?.[1] ?? '';
    const table = live.findLastIndex((line, index) => index < (shown?.line ?? 0) && line.startsWith('*'));
    const place = live.slice(table, shown?.line ?? 0).filter((line) => line.includes(`-A ${chain} `)).length;
    const [, own = ''] = rules.split(`${live[table]}\n`);
    const notes = [...own.matchAll(/^# (\S+)\n-A (\S+) /gm)].filter(([, , name]) => name === chain);
    const note = /^\/etc\/shorewall\/((?:rules|blrules|policy):\d+)$/.exec(notes[place - 1]?.[1] ?? '')?.[1];
    if (note !== undefined) return note;
  }
  return undefined;
}

test('one interface, the policy drops, nothing would be lost: the line, check, safe-reload', async () => {
  await start(one);
  const { before, after } = await provesItsFix(source, RI);
  expect(steps(before)).toEqual([
    '/etc/shorewall/rules:10: ACCEPT net:172.31.23.112 $FW tcp 5432',
    'shorewall check && shorewall safe-reload',
  ]);
  const pass = after.findings.find(({ code }) => code === 'SHW001');
  expect(pass?.evidence).toContainEqual(expect.objectContaining({ source: 'host/shorewall/rules', line: 10 }));
  expect(origin(before)).toBe('policy:3');
});

test('a rule made by hand would be lost: one rule of the kernel now, the line for later, which a reload then keeps', async () => {
  await start(one);
  await source.db1.run('iptables -A INPUT -s 172.31.23.112/32 -p tcp --dport 5432 -j ACCEPT');
  const { before } = await provesItsFix(source, RI);
  expect(steps(before)).toEqual([
    expect.stringMatching(/^iptables-nft -I \S+ \d+ -s 172\.31\.23\.112\/32 /),
    '/etc/shorewall/rules:10: ACCEPT net:172.31.23.112 $FW tcp 5432',
  ]);
  expect(before.plan.steps[1]?.risk).toContain('It would drop 1 rule made by hand: `-A INPUT -s 172.31.23.112/32');
  await source.db1.run('shorewall reload');
  expect(await attempt(source, RI)).toBe('open');
});

test('an edit that nobody compiled would come in, and fail2ban’s chains would go: both are said', async () => {
  await start(one);
  await source.db1.run(
    'iptables -N f2b-sshd && iptables -I INPUT -p tcp --dport 22 -j f2b-sshd && iptables -A f2b-sshd -j RETURN',
  );
  await source.db1.run('touch -d "1 minute" /etc/shorewall/policy');
  const { before } = await provesItsFix(source, RI);
  expect(before.plan.steps[1]?.risk).toContain('2 rules of fail2ban');
  expect(before.plan.steps[1]?.risk).toContain('edited since the last compile: /etc/shorewall/policy');
});

const twoAddresses = 'DROP:info lab:10.77.0.5,10.77.0.6 $FW\nACCEPT lab $FW tcp 5432\n';
const dmsZone = { zones: `${two.zones}dms:net ipv4\n`, hosts: 'dms eth0:172.31.16.0/20\n' };

describe('the line that produced the deciding rule, as shorewall itself notes it', () => {
  test.each<[string, Attempt, Files, string]>([
    ['a rule that logs and drops two addresses', PEER, { ...two, rules: two.rules + twoAddresses }, 'rules:9'],
    [
      'a range of ports among others',
      RI,
      { ...two, rules: `${two.rules}DROP net $FW udp 5432\nDROP net $FW tcp 22,5430:5440\n` },
      'rules:10',
    ],
    [
      'the policy of all, with a folded chain',
      PEER,
      { ...two, policy: '$FW all ACCEPT\nnet all DROP info\nall all REJECT\n' },
      'policy:3',
    ],
  ])('%s', async (_name, tried, files, line) => {
    await start(files);
    const evidence = await record(source, tried);
    const before = judged(evidence);
    expect(origin(before)).toBe(line);
    expect(noted({ before, evidence }, await kept())).toBe(line);
  });

  test.each<[string, Attempt, Files, string]>([
    ['the policy of the second zone', PEER, two, 'policy:3'],
    [
      'a rule that rejects before the one that accepts',
      RI,
      { ...two, rules: `${two.rules}REJECT net:172.31.16.0/20 $FW tcp 5432\nACCEPT net $FW tcp 5432\n` },
      'rules:9',
    ],
    ['a zone within a zone', RI, { ...two, ...dmsZone, policy: `dms $FW REJECT info\n${two.policy}` }, 'policy:1'],
  ])('%s, and its fix', async (_name, tried, files, line) => {
    await start(files);
    const rules = await kept();
    const proof = await provesItsFix(source, tried);
    expect(origin(proof.before)).toBe(line);
    expect(noted(proof, rules)).toBe(line);
  });
});

test('a macro: the line that names it, though shorewall notes the macro’s own', async () => {
  await start({ ...two, rules: `${two.rules}PostgreSQL(DROP) all $FW\nACCEPT net $FW tcp 5432\n` });
  const { before } = await provesItsFix(source, RI);
  expect(origin(before)).toBe('rules:9');
});

test('blrules: off the blacklist for this flow alone, and a rule of its own; nothing above the blacklist', async () => {
  await start({
    ...two,
    blrules: 'WHITELIST net:10.1.3.9 all\nDROP net:172.31.16.0/20 all\n',
    rules: `${two.rules}ACCEPT net $FW tcp 5432\n`,
  });
  const rules = await kept();
  const proof = await provesItsFix(source, RI);
  const { before } = proof;
  expect(origin(before)).toBe('blrules:2');
  expect(noted(proof, rules)).toBe('blrules:2');
  expect(steps(before).slice(0, 2)).toEqual([
    '/etc/shorewall/blrules:2: WHITELIST net:172.31.23.112 $FW tcp 5432',
    '/etc/shorewall/rules:10: ACCEPT net:172.31.23.112 $FW tcp 5432',
  ]);
});

test('the dynamic blacklist: shorewall allow', async () => {
  await start({ ...one, rules: `${one.rules}ACCEPT net $FW tcp 5432\n` });
  await source.db1.run('shorewall drop 172.31.23.112');
  const { before } = await provesItsFix(source, RI);
  expect(steps(before)).toEqual(['shorewall allow 172.31.23.112']);
});

test('the dynamic blacklist as a set: shorewall allow, too', async () => {
  await start(
    { ...one, rules: `${one.rules}ACCEPT net $FW tcp 5432\n` },
    's/^DYNAMIC_BLACKLIST=.*/DYNAMIC_BLACKLIST=ipset-only/',
  );
  await source.db1.run('shorewall blacklist 172.31.23.112 timeout 600');
  const { before } = await provesItsFix(source, RI);
  expect(steps(before)).toEqual(['shorewall allow 172.31.23.112']);
});

test('a dynamic zone: its members come in, others do not', async () => {
  await start({
    ...two,
    zones: `${two.zones}dyn ipv4\n`,
    hosts: 'dyn eth0:dynamic\n',
    interfaces: '?FORMAT 2\nnet eth0 tcpflags,nosmurfs\nlab eth1 tcpflags\n',
    rules: `${two.rules}DROP dyn $FW tcp 5432\n`,
    policy: `dyn all REJECT\n${two.policy}`,
  });
  await source.db1.run('shorewall add eth0:172.31.23.112 dyn');
  const { before } = await provesItsFix(source, RI);
  expect(origin(before)).toBeDefined();
});

test('stopped it shuts the host, cleared it opens it; both are said', async () => {
  await start(one);
  await source.db1.run('shorewall stop');
  const stopped = judged(await record(source, RI));
  expect(stopped.findings.find(({ code }) => code === 'SHW008')?.summary).toContain('shorewall is stopped');
  const { blocks } = await provesItsFix(source, RI);
  expect(blocks.map(({ code }) => code)).toEqual(['SHW002']);
  await source.db1.run('shorewall clear');
  const cleared = judged(await record(source, RI));
  expect(cleared.findings.find(({ code }) => code === 'SHW008')?.summary).toContain('shorewall is cleared');
  expect(cleared.verdict).toBe('open');
  expect(await attempt(source, RI)).toBe('open');
});
