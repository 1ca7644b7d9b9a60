import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { clear, judged, provesItsFix, record, steps } from './proof.ts';
import { attempt, buildSource, type Source } from './source.ts';

const RI = { from: 'ri', to: '172.31.40.17' } as const;
const address = '172.31.23.112';

let source: Source;
beforeAll(async () => {
  source = await buildSource();
});
afterAll(() => source?.lab.close());
beforeEach(async () => {
  await clear(source.db1);
  await source.db1.run('ufw --force reset && rm -f /etc/ufw/*.20* && ufw --force enable');
});

test('denied by default: ufw allow, at the end of its rules', async () => {
  await source.db1.run('ufw allow 22/tcp');
  const { before, after, blocks } = await provesItsFix(source, RI);
  expect(steps(before)).toEqual([`ufw allow proto tcp from ${address} to any port 5432`]);
  expect(blocks).toMatchObject([
    {
      code: 'UFW002',
      evidence: expect.arrayContaining([
        { source: 'host/ufw/default', text: 'DEFAULT_INPUT_POLICY="DROP"', line: expect.any(Number), vantage: 'host' },
      ]),
    },
  ]);
  const pass = after.findings.find(({ code }) => code === 'UFW001');
  expect(pass?.evidence.at(-1)?.text).toBe(`### tuple ### allow tcp 5432 0.0.0.0/0 any ${address} in`);
});

test.each([
  ['deny from 172.31.16.0/20', 'insert 2 ', '### tuple ### deny any any 0.0.0.0/0 any 172.31.16.0/20 in'],
  [
    `reject proto tcp from ${address} to any port 5432`,
    '',
    `### tuple ### reject tcp 5432 0.0.0.0/0 any ${address} in`,
  ],
  ['deny 5432/tcp', 'insert 2 ', '### tuple ### deny tcp 5432 0.0.0.0/0 any 0.0.0.0/0 in'],
  [
    'deny in on eth0 from any to any port 5432 proto tcp comment closed',
    'insert 2 ',
    '### tuple ### deny tcp 5432 0.0.0.0/0 any 0.0.0.0/0 in_eth0 comment=636c6f736564',
  ],
])('ufw %s stands before: the fix goes in front of it, or takes its place', async (rule, insert, tuple) => {
  for (const each of ['allow 22/tcp', rule, 'allow 8080/tcp']) await source.db1.run(`ufw ${each}`);
  const { before, blocks } = await provesItsFix(source, RI);
  expect(steps(before)).toEqual([`ufw ${insert}allow proto tcp from ${address} to any port 5432`]);
  expect(blocks[0]?.evidence.map(({ text }) => text)).toContain(tuple);
});

test('what the kernel holds and ufw does not know: one rule now, and the line for its file', async () => {
  await source.db1.run('ufw deny 5432/tcp');
  await source.db1.run('iptables -A ufw-user-input -s 172.31.36.21/32 -p tcp -m tcp --dport 6432 -j ACCEPT');
  const { before } = await provesItsFix(source, RI);
  expect(before.plan.steps).toMatchObject([
    {
      run: expect.stringMatching(/^iptables-nft -I ufw-user-input 1 /),
      risk: expect.stringContaining('it would drop what ufw does not know: `-A ufw-user-input -s 172.31.36.21/32'),
    },
    { edit: { file: '/etc/ufw/user.rules' } },
  ]);
  await source.db1.run('ufw reload');
  expect(await attempt(source, RI)).toBe('open');
});

test('a drop in before.rules is asked first: one rule now, and the line for that file', async () => {
  await source.db1.run(
    String.raw`sed -i 's/^# don.t delete the .COMMIT. line.*/-A ufw-before-input -p tcp --dport 5432 -s 172.31.16.0\/20 -j DROP\n&/' /etc/ufw/before.rules && ufw reload`,
  );
  const { before, blocks } = await provesItsFix(source, RI);
  expect(before.plan.steps).toMatchObject([
    { run: expect.stringMatching(/^iptables-nft -I ufw-before-input /) },
    { edit: { file: '/etc/ufw/before.rules' } },
  ]);
  expect(blocks[0]?.evidence.at(-1)).toMatchObject({
    source: 'host/ufw/before.rules',
    text: expect.stringContaining('--dport 5432'),
  });
  await source.db1.run('ufw reload');
  expect(await attempt(source, RI)).toBe('open');
});

test('a limit is a warning: the first connections come through', async () => {
  await source.db1.run('ufw limit 5432/tcp');
  const checked = judged(await record(source, RI));
  expect(checked.findings.map(({ code }) => code)).toContain('UFW004');
  expect(await attempt(source, RI)).toBe('open');
});

test('disabled, with rules on disk: a warning', async () => {
  await source.db1.run('ufw allow 22/tcp && ufw --force disable');
  const checked = judged(await record(source, RI));
  expect(checked.findings.find(({ code }) => code === 'UFW008')).toMatchObject({
    status: 'warn',
    summary: 'ufw is inactive, and nothing starts it at boot',
  });
  expect(await attempt(source, RI)).toBe('open');
});
