import { idleClient, type Login } from '../clients.ts';
import { dms } from './dms.ts';
import type { Host } from '../host.ts';
import { createLab, type Lab } from '../lab.ts';
import { type Cluster, startPostgres, startStandby } from '../postgres.ts';
import { appendedHbaLines, databaseSql, rolesSql } from './database.ts';
import { shorewallFiles } from './shorewall.ts';

/** The hosts of the story; see DESIGN.md's case: the replication instance, the source, its application, its standby, an office. */
const addresses = {
  ri: '172.31.23.112/20',
  db1: '172.31.40.17/20',
  app1: '172.31.36.21/20',
  db2: '172.31.44.9/20',
  office: '172.31.8.5/20',
} as const;

/** The story's hosts, running. */
export type LegacyHost = {
  lab: Lab<keyof typeof addresses>;
  db1: Host;
  cluster: Cluster;
  standby: Cluster;
};

const app: Login = { ...dms, user: 'app', password: 'app-password' };
const replicator = { user: 'replicator', password: 'replicator-password' };

/** What the recording machine may have and this host has not: other firewalls, and what manages hosts. */
const absent = [
  ...['/etc/ufw', '/etc/default/ufw', '/usr/lib/ufw', '/usr/sbin/ufw'],
  ...['/etc/firewalld', '/usr/sbin/firewalld', '/usr/bin/firewall-cmd', '/etc/fail2ban', '/etc/csf', '/etc/netplan'],
  ...['/etc/iptables', '/etc/docker', '/etc/cloud', '/etc/puppet', '/etc/ansible', '/etc/salt', '/etc/etckeeper'],
];

/** A name space for the kernel's release does not exist; the recording shall not tell on what machine it was made. */
const uname = `#!/bin/sh
/bin/uname "$@" | sed "s/$(/bin/uname -r)/6.1.0-40-cloud-amd64/"
`;

/**
 * Builds the legacy host as nobody documented it: PostgreSQL 13 with a streaming standby and three idle sessions of an
 * application, shorewall in front of it, and behind shorewall's jumps an iptables rule that an operator appended in vain.
 * @throws when a part does not start; nothing is left running then
 */
export async function buildLegacyHost(): Promise<LegacyHost> {
  const lab = await createLab(addresses);
  try {
    const { db1, db2, app1 } = lab.hosts;
    await db1.run('cat > /usr/local/sbin/uname && chmod 755 /usr/local/sbin/uname', { input: uname });
    await db1.run(`rm -rf ${absent.join(' ')}`);
    const settings = [
      "listen_addresses = '*'",
      'ssl = off',
      'password_encryption = scram-sha-256',
      'log_connections = on',
    ];
    const cluster = await startPostgres(db1, 13, settings);
    await cluster.sql(rolesSql);
    await cluster.sql(databaseSql, 'orders');
    await db1.run(`cat >> ${cluster.configuration}/pg_hba.conf`, { input: appendedHbaLines });
    await cluster.control('reload');
    const standby = await startStandby(cluster, db2, replicator);

    for (const [name, text] of Object.entries(shorewallFiles))
      await db1.run(`cat > /etc/shorewall/${name}`, { input: text });
    await db1.run("sed -i 's/^startup=.*/startup=1/' /etc/default/shorewall && shorewall start");
    await db1.run('for runlevel in 2 3 4 5; do ln -s ../init.d/postgresql /etc/rc$runlevel.d/S01postgresql; done');
    await db1.run('ln -s ../init.d/shorewall /etc/rcS.d/S01shorewall');
    await db1.run('iptables -A INPUT -s 172.31.23.112/32 -p tcp --dport 5432 -j ACCEPT');

    await openIdleClients(app1);
    return { lab, db1, cluster, standby };
  } catch (error) {
    await lab.close();
    throw error;
  }
}

/** Opens the application's three sessions, which then sit idle until their host or the server ends. */
export async function openIdleClients(app1: Host): Promise<void> {
  for (let count = 0; count < 3; count += 1) await idleClient(app1, app, 'billing-worker');
}
