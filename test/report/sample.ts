import type { EvidenceLine, Finding, SkipReason, Status, Step, Vantage } from '../../src/finding.ts';
import type { Layer } from '../../src/layers.ts';
import { layers } from '../../src/layers.ts';
import type { LayerStatus, Report } from '../../src/report.ts';

/** A line of evidence. */
export function line(source: string, number: number | null, text: string, vantage: Vantage = 'host'): EvidenceLine {
  return { source, line: number, text, vantage };
}

/** A finding with nothing but what is named. */
export function finding(
  layer: Layer,
  code: string,
  status: Status,
  summary: string,
  more: Partial<Finding> = {},
): Finding {
  return {
    code,
    layer,
    status,
    subject: '',
    summary,
    detail: 'It was judged from what was gathered.',
    caveats: [],
    evidence: [line('host/ip-addr.json', 3, '"local": "172.31.40.17",')],
    docs: `docs/codes.md#${code.toLowerCase()}`,
    ...more,
  };
}

const allow: Step = {
  where: 'source host',
  edit: {
    file: '/etc/shorewall/rules',
    before: 21,
    lines: ['ACCEPT          net:172.31.23.112                  $FW             tcp     5432'],
  },
  effect: 'none',
  risk: 'None by itself: shorewall reads the file when it is reloaded.',
  undo: 'Remove the line.',
  verify: '`shorewall check`',
};

const reloadFirewall: Step = {
  where: 'source host',
  run: 'shorewall check && shorewall reload',
  effect: 'reload',
  risk: 'Rules that were added by hand with iptables are lost, the shadowed one in INPUT among them.',
  undo: 'Remove the line and `shorewall reload` again.',
  verify: '`iptables -S net-fw | grep 172.31.23.112`',
};

const admit: Step = {
  where: 'source host',
  edit: {
    file: '/var/lib/postgresql/13/main/pg_hba.conf',
    before: 98,
    lines: ['host    orders          dms             172.31.23.112/32        scram-sha-256'],
  },
  effect: 'none',
  risk: 'None by itself: the server reads the file when it is reloaded.',
  undo: 'Remove the line.',
  verify: 'The view pg_hba_file_rules shows it without an error.',
};

const reloadServer: Step = {
  where: 'database',
  run: 'SELECT pg_reload_conf();',
  effect: 'reload',
  risk: 'Other edits of the configuration that nobody has loaded yet come with it.',
  undo: 'Remove the line and reload again.',
  verify: '`SELECT pg_conf_load_time();` is now.',
};

const setLevel: Step = {
  where: 'database',
  run: 'ALTER SYSTEM SET wal_level = logical;',
  effect: 'restart',
  risk: 'A restart cuts 3 sessions of billing-worker and the standby db2.',
  undo: '`ALTER SYSTEM RESET wal_level;` and another restart.',
  verify: '`SHOW wal_level;` says logical.',
};

const shadowed = finding(
  'iptables',
  'IPT007',
  'warn',
  'an ACCEPT for it (rule 6 of INPUT) is never reached: rule 5 of INPUT decides first',
  {
    detail:
      'The rule `-A INPUT -s 172.31.23.112/32 -p tcp -m tcp --dport 5432 -j ACCEPT` admits this connection, but the packet never gets to it, because `-A INPUT -j reject` comes first. Adding more rules behind it changes nothing.',
    evidence: [
      line('host/iptables-nft-save.txt', 31, '-A INPUT -s 172.31.23.112/32 -p tcp -m tcp --dport 5432 -j ACCEPT'),
      line('host/iptables-nft-save.txt', 30, '-A INPUT -g reject'),
    ],
  },
);

const shorewall = finding(
  'shorewall',
  'SHW002',
  'block',
  'blocks 172.31.23.112: DROP (policy of net to all) in chain net-fw',
  {
    detail:
      'A new TCP connection from 172.31.23.112 to 172.31.40.17:5432 ends here (table filter), whatever stands in rules behind it.',
    caveats: ['Whether the rules were loaded from the files that stand there now is not known.'],
    evidence: [
      line('host/iptables-nft-save.txt', 26, '-A INPUT -i eth0 -j net-fw'),
      line(
        'host/iptables-nft-save.txt',
        62,
        '-A net-fw -m addrtype --dst-type BROADCAST -m comment --comment "net-fw: everything that no rule before this one admits" -j LOG --log-prefix "net-fw DROP " --log-level 6',
      ),
      line('host/iptables-nft-save.txt', 63, '-A net-fw -j DROP'),
      line('host/shorewall/policy', 14, 'net\t\tall\t\tDROP\t\tinfo'),
    ],
    fix: { steps: [allow, reloadFirewall], patches: [{ item: 'host/iptables-nft-save.txt', before: 58, lines: [] }] },
  },
);

const hba = finding('pg-hba', 'HBA003', 'block', 'no line for the connection to orders as dms from 172.31.23.112', {
  detail:
    'The server answers: no pg_hba.conf entry for host "172.31.23.112", user "dms", database "orders", SSL off. A line that admits just this connection: `host orders dms 172.31.23.112/32 scram-sha-256`, before line 98.',
  evidence: [
    line('postgres/pg_hba.conf', 97, 'host    orders          app             172.31.32.0/20          scram-sha-256'),
  ],
  fix: { steps: [admit, reloadServer], patches: [] },
});

const walLevel = finding(
  'wal-level',
  'WAL002',
  'block',
  'wal_level = replica; logical needs a restart, which would hit 1 standby (db2) and 3 sessions of billing-worker',
  {
    detail:
      'The value comes from the server’s default. Without wal_level = logical no logical slot can be made, and a restart is the only way to change it.',
    evidence: [
      line('postgres/settings.json', 341, '{"name":"wal_level","setting":"replica","source":"default"}', 'database'),
    ],
    fix: { steps: [setLevel], patches: [] },
  },
);

const restart = finding(
  'restart',
  'RST002',
  'warn',
  'a restart is needed; it would hit 1 standby (db2) and 3 sessions of billing-worker',
  {
    detail:
      'The oldest of these sessions is 9 days old. Clients that hold a session for long may not reconnect by themselves: tell their owners, restart them after it, and see the standby streaming again.',
    evidence: [
      line('postgres/replication.json', 2, '{"application_name":"db2","state":"streaming"}', 'database'),
      line('postgres/activity.json', 4, '{"application_name":"billing-worker","state":"idle"}', 'database'),
    ],
  },
);

const passing: Finding[] = [
  finding('endpoint', 'END001', 'pass', 'db1 is 172.31.40.17, and the evidence is of that server'),
  finding('endpoint', 'END009', 'pass', 'DMS’s last test: timeout expired, which fits a silent drop'),
  finding('dns', 'DNS001', 'pass', '172.31.40.17 is an address: nothing to resolve'),
  finding('route', 'RTE001', 'pass', 'both subnets use the VPC’s local route'),
  finding('security-group', 'SG001', 'pass', 'sg-0db1000000000005b admits tcp 5432 from sg-0d3500000000000d5', {
    evidence: [line('aws/describe-security-groups.json', 40, '"FromPort": 5432,', 'configuration')],
  }),
  finding('network-acl', 'ACL001', 'pass', 'the default network ACL admits both ways'),
  finding('listener', 'LSN001', 'pass', 'postgres listens on 0.0.0.0:5432'),
  finding('tls', 'TLS001', 'pass', 'endpoint mode none, server ssl = off'),
  finding('login', 'LGN001', 'pass', 'dms can log in (scram-sha-256)'),
  finding('database', 'DBS001', 'pass', 'orders exists and accepts connections'),
  finding('role', 'ROL001', 'pass', 'dms: REPLICATION, SELECT on all 4 tables'),
  finding('slots', 'SLT001', 'pass', '10 of 10 replication slots free'),
  finding('senders', 'SND001', 'pass', '9 of 10 WAL senders free, wal_sender_timeout 1min'),
  finding('plugin', 'PLG001', 'pass', 'test_decoding is there (/usr/lib/postgresql/13/lib/test_decoding.so)'),
  finding('standby', 'STB001', 'pass', 'PostgreSQL 13.18, not in recovery'),
  finding('wal-retention', 'RET001', 'pass', 'max_slot_wal_keep_size = -1: a slot keeps all the WAL that it needs'),
  finding('capacity', 'CAP001', 'pass', '95 of 100 connections free; load 0.1 on 2 processors; 61 % of /var free'),
  finding('data', 'DAT001', 'pass', '4 tables, each with a primary key or replica identity'),
  finding('target', 'TGT001', 'pass', 'orders-rds-target: its last test was successful'),
  finding('task', 'TSK001', 'pass', 'orders-full-load-and-cdc (full-load-and-cdc) is ready'),
];

const skipped: Finding[] = [
  skip('nftables', 'NFT005', 'not-on-path', 'the nft ruleset holds nothing but what iptables put there'),
  skip('ufw', 'UFW006', 'not-installed', 'host/ufw.error: not found'),
  skip('firewalld', 'FWD006', 'not-installed', 'host/firewalld.error: not found'),
];

/** A skip with its reason. */
export function skip(layer: Layer, code: string, reason: SkipReason, summary: string): Finding {
  return finding(layer, code, 'skip', summary, { reason });
}

const opening = finding(
  'shorewall',
  'SHW001',
  'pass',
  'lets the connection through (net-fw: ACCEPT for 172.31.23.112)',
);
const opened = [
  opening,
  finding('pg-hba', 'HBA001', 'pass', 'pg_hba.conf:98 admits the connection (scram-sha-256)'),
  finding('wal-level', 'WAL001', 'pass', 'wal_level = logical (postgresql.auto.conf:3)'),
  skip('restart', 'RST001', 'not-on-path', 'nothing that the migration needs waits for a restart'),
];

function inOrder(findings: readonly Finding[]): Finding[] {
  return findings.toSorted((a, b) => layers.indexOf(a.layer) - layers.indexOf(b.layer));
}

const rank: readonly Status[] = ['skip', 'pass', 'warn', 'unknown', 'block'];

/** How each layer stands by its findings; one without any is unknown. */
export function statusesOf(findings: readonly Finding[]): LayerStatus[] {
  return layers.map((layer) => {
    const own = findings.filter((entry) => entry.layer === layer);
    const status =
      own.length === 0 ? 'unknown' : (rank[Math.max(...own.map((entry) => rank.indexOf(entry.status)))] ?? 'unknown');
    const reason = own.find((entry) => entry.reason !== undefined)?.reason;
    return { layer, status, ...(status === 'skip' && reason !== undefined ? { reason } : {}) };
  });
}

function report(findings: readonly Finding[], more: Pick<Report, 'verdict' | 'blockedAt' | 'plan'>): Report {
  return {
    tool: { name: 'dms-doctor', version: '0.1.0' },
    startedAt: '2026-08-22T03:12:45.678Z',
    durationMs: 41,
    scope: null,
    flow: {
      from: ['172.31.23.112'],
      host: '172.31.40.17',
      port: 5432,
      database: 'orders',
      user: 'dms',
      tls: 'none',
      migrationType: 'full-load-and-cdc',
      endpoint: 'orders-legacy-source',
      replicationInstance: 'orders-dms',
      replicationConfig: undefined,
    },
    layers: statusesOf(findings),
    findings: inOrder(findings),
    notes: ['The evidence was gathered on 2026-08-21 at 22:40 UTC and is judged as of then.'],
    excerpts: [],
    ...more,
  };
}

/** The story: three walls, a rule that is never reached, and a restart that would hit others. */
export const blocked: Report = report([...passing, ...skipped, shadowed, shorewall, hba, walLevel, restart], {
  verdict: 'blocked',
  blockedAt: ['shorewall', 'pg-hba', 'wal-level'],
  plan: { steps: [allow, admit, reloadFirewall, reloadServer, setLevel], opens: true },
});

/** The story after the plan was carried out. */
export const open: Report = report(
  [...passing, ...skipped, skip('iptables', 'IPT005', 'not-on-path', 'all rules are shorewall’s'), ...opened],
  {
    verdict: 'open',
    blockedAt: [],
    plan: { steps: [], opens: true },
  },
);

const notGathered = (layer: Layer, item: string, how: string) =>
  finding(layer, 'EVD001', 'unknown', `${item} was not gathered`, {
    subject: item,
    detail: `Without ${item} this layer cannot be judged (no file of that name in the bundle). To get it: ${how}.`,
    evidence: [line(item, null, 'not-gathered: no file of that name in the bundle')],
  });

const saved = 'host/iptables-nft-save.txt';
const sameGap = (['iptables', 'nftables', 'shorewall'] as const).map((layer) =>
  notGathered(layer, saved, 'host-facts.sh on the source host (as root)'),
);

/** The open path, but without the kernel's rules, the settings and the endpoint's user. */
export const undetermined: Report = {
  ...report(
    [
      ...passing.filter(({ layer }) => layer !== 'login'),
      ...skipped.filter(({ layer }) => layer !== 'nftables'),
      ...opened.filter(({ layer }) => layer !== 'shorewall' && layer !== 'wal-level'),
      ...sameGap,
      notGathered('wal-level', 'postgres/settings.json', 'a read-only session on the source database'),
      finding(
        'login',
        'EVD007',
        'unknown',
        "the endpoint's user is not known: neither --user nor bundle.json (flow) says it",
        {
          subject: 'user',
          detail: 'This layer depends on the endpoint\'s user. Give --user, or name it under "flow" in bundle.json.',
          evidence: [line('bundle.json', null, 'flow.user is not given', 'configuration')],
        },
      ),
    ],
    { verdict: 'undetermined', blockedAt: [], plan: { steps: [], opens: false } },
  ),
  notes: [],
};
