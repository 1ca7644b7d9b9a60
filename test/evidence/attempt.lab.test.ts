/**
 * `check --test-connection --ssh`: DMS's own test is a real psqlODBC client behind a stand-in for AWS, and the source a real
 * host behind a router: its firewall, its sshd and its PostgreSQL are looked at before and after.
 */
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Run } from '../cli/run.ts';
import { run } from '../cli/run.ts';
import { connectAsDms } from '../lab/clients.ts';
import { runInLabItself } from '../lab/host.ts';
import { gatherAws } from '../lab/story/record.ts';
import type { Site } from '../lab/walls/site.ts';
import { buildSite } from '../lab/walls/site.ts';
import type { Asked } from '../support/aws-server.ts';
import { startAwsServer } from '../support/aws-server.ts';
import type { Documents } from '../support/aws-server-documents.ts';
import type { SshLab } from './ssh/servers.ts';
import { sshLab } from './ssh/servers.ts';

let site: Site;
let ssh: SshLab;

beforeAll(async () => {
  [site, ssh] = await Promise.all([buildSite(16), sshLab()]);
  const { router, hosts } = site.lab;
  // A way from here to the source host, as from an administrator's own machine.
  const pair = ['link', 'add', 'office', 'type', 'veth', 'peer', 'name', 'office', 'netns', String(router.pid)];
  await runInLabItself('ip', pair);
  await router.run('ip addr add 10.99.0.1/30 dev office && ip link set office up');
  const here =
    'ip addr add 10.99.0.2/30 dev office && ip link set office up && ip route add 172.31.32.0/20 via 10.99.0.1';
  await runInLabItself('sh', ['-c', here]);
  const key = ssh.key('plain');
  ssh.config(`IdentityFile ${key}\nIdentityAgent none\n`);
  const authorized = await runInLabItself('cat', [`${key}.pub`]);
  await hosts.db1.run(
    'mkdir -p /run/sshd /root/.ssh && chmod 700 /root/.ssh && cat > /root/.ssh/authorized_keys && ssh-keygen -A >/dev/null && /usr/sbin/sshd -o UsePAM=no </dev/null >/dev/null 2>&1',
    { input: authorized },
  );
  const hostKey = await hosts.db1.run('cut -d" " -f1,2 /etc/ssh/ssh_host_ed25519_key.pub');
  ssh.knownHosts(`${hosts.db1.address} ${hostKey}`);
});
afterAll(async () => {
  await ssh.close();
  await site.lab.close();
});

const documents = Object.fromEntries(
  gatherAws(['legacy-host', 'fixed'], '2026-11-22T12:00:00Z').map(({ name, text }) => [
    name.replace(/^aws\/|\.json$/g, ''),
    JSON.parse(text.toString()) as object,
  ]),
) as Documents;

/** What AWS says while a real client on the replication instance connects for DMS. */
function testing(password: string) {
  let ended: { connected: boolean; text: string } | undefined;
  const rows = (documents['describe-connections'] as { Connections: object[] }).Connections;
  return ({ operation, input }: Asked): Documents => {
    if (operation === 'TestConnection') {
      const login = { server: site.lab.hosts.db1.address, port: 5432, database: 'orders', user: 'dms', password };
      void connectAsDms(site.lab.hosts.ri, login, 2).then((outcome) => (ended = outcome));
    }
    if (operation !== 'DescribeConnections' || input['Filters'] === undefined) return documents;
    const text = `Test Endpoint failed: Application-Status: 1020912, Application-Message: Failed to connect Network error has occurred, Application-Detailed-Message: RetCode: SQL_ERROR ${ended?.text}`;
    const now =
      ended === undefined
        ? { Status: 'testing', LastFailureMessage: '' }
        : { Status: ended.connected ? 'successful' : 'failed', LastFailureMessage: ended.connected ? '' : text };
    return { ...documents, 'describe-connections': { Connections: [{ ...rows[0], ...now }, ...rows.slice(1)] } };
  };
}

type Document = {
  verdict: string;
  layers: { layer: string; status: string }[];
  notes: string[];
  plan: { opens: boolean };
  findings: { code: string; layer: string; status: string; summary: string; caveats: string[] }[];
};
const reportOf = ({ stdout, stderr }: Run) => {
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as Document;
};

async function tested(password = 'dms-password'): Promise<Document & { of: (code: string) => string[] }> {
  const saved = path.join(ssh.home, 'tested.bundle');
  const aws = await startAwsServer(testing(password));
  const keys = { AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'x', AWS_REGION: 'eu-west-1' };
  try {
    const words = ['--endpoint', 'orders-legacy-source', '--replication-instance', 'orders-dms', '--test-connection'];
    const got = await run(
      [
        'check',
        ...words,
        '--ssh',
        `root@${site.lab.hosts.db1.address}`,
        '--format',
        'json',
        '--timeout',
        '2m',
        '--save-bundle',
        saved,
      ],
      { env: { ...keys, AWS_ENDPOINT_URL: aws.url, HOME: '/root' } },
    );
    expect(aws.asked.filter(({ operation }) => operation === 'TestConnection')).toHaveLength(1);
    const report = reportOf(got);
    const again = await run(['check', '--bundle', saved, '--format', 'json']);
    const undated = (text: string) => text.replaceAll(/"(?:startedAt|durationMs)": ?[^,]*,/g, '');
    expect(undated(again.stdout)).toBe(undated(got.stdout));
    expect(report.notes.join()).not.toContain('not looked at again');
    const of = (code: string) =>
      report.findings
        .filter((one) => one.code === code)
        .map(({ layer, summary, caveats }) => `${layer}: ${[summary, ...caveats].join('; ')}`);
    return { ...report, of };
  } finally {
    await aws.close();
  }
}

const host = (command: string) => site.lab.hosts.db1.run(command);
const admits = 'iptables -A INPUT -s 172.31.23.112/32 -p tcp --dport 5432 -j ACCEPT';

describe.sequential('the furthest point of DMS’s own test', () => {
  beforeEach(async () => {
    await site.reset(true);
    await site.lab.router.run('iptables -F FORWARD');
  });

  test('a rule for its address that drops: the rule counted its packets', async () => {
    await host('iptables -A INPUT -s 172.31.23.112/32 -p tcp --dport 5432 -j DROP');
    const got = await tested();
    expect(got.of('END021')).toEqual([
      expect.stringMatching(
        /^endpoint: DMS’s own test was seen as far as iptables: line \d+ of host\/iptables-nft-save\.txt \(filter INPUT\) counted \d+ packets? meanwhile, and lets none past$/,
      ),
    ]);
    expect(got.of('END009')).toHaveLength(1);
    expect(got.verdict).toBe('blocked');
    expect(got.layers.filter(({ status }) => status === 'block' || status === 'unknown')).toEqual([
      { layer: 'iptables', status: 'block' },
    ]);
    expect(got.plan.opens).toBe(true);
  });

  test('a rule for everybody: others may have been counted, too', async () => {
    await host('iptables -A INPUT -p tcp --dport 5432 -j DROP');
    const [seen] = (await tested()).of('END021');
    expect(seen).toMatch(/counted \d+ packets? meanwhile.*; This counts or names others/);
  });

  test('nftables’ own counters', async () => {
    await host(
      'nft -f -'.replace(
        '-f -',
        `'add table inet wall; add chain inet wall in { type filter hook input priority 0; }; add rule inet wall in ip saddr 172.31.23.112 tcp dport 5432 counter reject'`,
      ),
    );
    const [seen] = (await tested()).of('END021');
    expect(seen).toMatch(
      /^endpoint: DMS’s own test was seen as far as nftables: .*counted \d+ packets? meanwhile, and lets none past$/,
    );
  });

  test('pg_hba.conf: the server’s own words, though DMS’s are the same as ever', async () => {
    await host(`sed -i '/172.31.23.112/d' ${site.cluster.configuration}/pg_hba.conf`);
    await site.sql('select pg_reload_conf()');
    const got = await tested();
    expect(got.of('END021')).toEqual([
      expect.stringMatching(
        /seen as far as pg-hba: PostgreSQL’s log has “FATAL: {2}no pg_hba\.conf entry for host "172\.31\.23\.112"/,
      ),
    ]);
    expect(got.of('END009')).toHaveLength(1);
  });

  test('a wrong password: nothing here blocks, and nothing is called open', async () => {
    const got = await tested('wrong');
    expect(got.of('END021')).toEqual([expect.stringMatching(/seen as far as login: PostgreSQL’s log has “.*password/)]);
    expect(got.of('END020')).toHaveLength(1);
    expect(got.verdict).toBe('undetermined');
    expect(got.plan.opens).toBe(false);
  });

  test('a wall that nobody sees, before the host: no packet came', async () => {
    await host(admits);
    await site.lab.router.run('iptables -A FORWARD -s 172.31.23.112 -p tcp --dport 5432 -j DROP');
    const got = await tested();
    expect(got.of('END021')).toEqual([]);
    expect(got.of('END022')).toEqual([
      expect.stringMatching(
        /did not come to this host: line \d+ of host\/iptables-nft-save\.txt \(filter INPUT\) counted no packet/,
      ),
    ]);
    expect(got.verdict).toBe('undetermined');
  });

  test('behind that wall another, which its own fix opens: the plan does not open the path', async () => {
    await host('iptables -A INPUT -s 172.31.23.112/32 -p tcp --dport 5432 -j DROP');
    await site.lab.router.run('iptables -A FORWARD -s 172.31.23.112 -p tcp --dport 5432 -j DROP');
    const got = await tested();
    expect(got.of('END022')).toHaveLength(1);
    expect(got.verdict).toBe('blocked');
    expect(got.plan.opens).toBe(false);
  });

  test('a test that succeeds: the server let it in', async () => {
    await site.sql('alter system set log_connections = on');
    await site.sql('select pg_reload_conf()');
    const got = await tested();
    expect(got.of('END019')).toHaveLength(1);
    expect(got.of('END021')).toEqual([
      expect.stringMatching(/seen as far as login: PostgreSQL’s log has “LOG: {2}connection authorized/),
    ]);
    expect(got.of('END022')).toEqual([]);
    expect(got.verdict).toBe('open');
  });

  test('a server that logs no connections: the rule that lets it in', async () => {
    await host(admits);
    const got = await tested();
    expect(got.of('END019')).toHaveLength(1);
    expect(got.of('END021')).toEqual([
      expect.stringMatching(
        /seen as far as listener: line \d+ of .* counted \d+ packets? meanwhile, and lets them past$/,
      ),
    ]);
  });
});
