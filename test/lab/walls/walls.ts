import type { Layer } from '../../../src/layers.ts';
import type { Site } from './site.ts';

/** Something that keeps DMS out, and that a plan must find and open. */
export type Wall = {
  readonly name: string;
  /** The layer at which it must be found. */
  readonly layer: Layer;
  /** Walls of one slot exclude each other. */
  readonly slot: string;
  /** First and last major version that has it. */
  readonly from?: number;
  readonly to?: number;
  /** Commands of root on the source host. */
  readonly host?: string;
  /** SQL as superuser in `postgres`, or in the endpoint's database. */
  readonly sql?: string;
  readonly databaseSql?: string;
  /** Lines of postgresql.conf that a restart brings in. */
  readonly conf?: string;
  /** What becomes of pg_hba.conf. */
  readonly hba?: (text: string) => string;
  /** More that must be there, after a restart. */
  readonly after?: (site: Site) => Promise<void>;
};

const ri = '172.31.23.112';
const own = /^host +orders +dms .*$/m;

/** The same rules by each backend of iptables. */
function iptables(slot: string, name: string, commands: (binary: string) => readonly string[]): Wall[] {
  return ['legacy', 'nft'].map((backend) => ({
    name: `${name}, iptables-${backend}`,
    layer: 'iptables',
    slot: `${slot} ${backend}`,
    host: commands(`iptables-${backend}`).join(' && '),
  }));
}

const firewallWalls: readonly Wall[] = [
  ...iptables('filter', 'INPUT drops the address', (t) => [`${t} -A INPUT -s ${ri} -j DROP`]),
  ...iptables('filter', 'INPUT resets the port behind accepts', (t) => [
    `${t} -A INPUT -i lo -j ACCEPT`,
    `${t} -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT`,
    `${t} -A INPUT -p tcp --dport 22 -j ACCEPT`,
    `${t} -A INPUT -p tcp --dport 5432 -j REJECT --reject-with tcp-reset`,
  ]),
  ...iptables('filter', 'the policy of INPUT drops', (t) => [
    `${t} -A INPUT -i lo -j ACCEPT`,
    `${t} -A INPUT -p tcp --dport 22 -j ACCEPT`,
    `${t} -A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT`,
    `${t} -P INPUT DROP`,
  ]),
  ...iptables('filter', 'a chain of its own rejects, twice called', (t) => [
    `${t} -N guard`,
    `${t} -A guard -s 10.0.0.0/8 -j RETURN`,
    `${t} -A guard -j LOG --log-prefix guard:`,
    `${t} -A guard -j REJECT`,
    `${t} -A INPUT -p tcp --dport 5400:5500 -j guard`,
    `${t} -A INPUT -p tcp --dport 1:1023 -j guard`,
  ]),
  ...iptables('filter', 'an accept in vain behind a drop', (t) => [
    `${t} -A INPUT -p tcp -m multiport --dports 3306,5432 -m state --state NEW -j DROP`,
    `${t} -A INPUT -s ${ri} -p tcp --dport 5432 -j ACCEPT`,
  ]),
  ...iptables('filter', 'every network but one is dropped', (t) => [
    `${t} -A INPUT ! -s 172.31.32.0/20 -p tcp -j DROP`,
  ]),
  ...iptables('raw', 'raw drops', (t) => [`${t} -t raw -A PREROUTING -p tcp --dport 5432 -j DROP`]),
  ...iptables('mangle', 'mangle drops in INPUT', (t) => [`${t} -t mangle -A INPUT -s 172.31.16.0/20 -j DROP`]),
  ...iptables('mangle', 'mangle drops in PREROUTING', (t) => [
    `${t} -t mangle -A PREROUTING -s ${ri} -p tcp --dport 5432 -j DROP`,
  ]),
  ...iptables('output', 'OUTPUT drops the answers', (t) => [`${t} -A OUTPUT -p tcp --sport 5432 -j DROP`]),
  ...iptables('output', 'OUTPUT drops what goes there', (t) => [`${t} -A OUTPUT -d 172.31.16.0/20 -j DROP`]),
  ...['legacy', 'nft'].map((backend): Wall => ({
    name: `an ipset of addresses, iptables-${backend}`,
    layer: 'iptables',
    slot: `filter ${backend}`,
    host: `ipset create blocked-${backend} hash:net && ipset add blocked-${backend} 172.31.16.0/20 && iptables-${backend} -A INPUT -m set --match-set blocked-${backend} src -j DROP`,
  })),
  ...[
    {
      name: 'a policy',
      rules:
        'chain input { type filter hook input priority 0; policy drop; ct state established accept; tcp dport 22 accept; iif lo accept; }',
    },
    {
      name: 'a rule behind others',
      rules: `chain input { type filter hook input priority 10; tcp dport 22 accept; ip saddr ${ri} tcp dport 5432 reject with tcp reset; }`,
    },
    {
      name: 'a set',
      rules: `set bad { type ipv4_addr; flags interval; elements = { 172.31.16.0/20, 10.9.0.0/16 }; }\nchain input { type filter hook input priority -5; ip saddr @bad counter drop; }`,
    },
    {
      name: 'before conntrack',
      rules: 'chain early { type filter hook prerouting priority -300; tcp dport 5432 drop; }',
    },
    {
      name: 'a chain behind a jump',
      rules:
        'chain services { tcp dport { 22, 80 } accept; drop; }\nchain input { type filter hook input priority 0; iif lo accept; ct state established,related accept; jump services; }',
    },
    { name: 'the answers', rules: 'chain output { type filter hook output priority 0; tcp sport 5432 drop; }' },
    {
      name: 'a verdict map',
      rules: 'chain input { type filter hook input priority 0; tcp dport vmap { 22 : accept, 5432 : drop }; }',
    },
  ].map(({ name, rules }, index): Wall => ({
    name: `nft, ${name}`,
    layer: 'nftables',
    slot: `nft ${index % 2}`,
    host: `nft -f - <<'END'\ntable inet site${index} {\n${rules}\n}\nEND`,
  })),
];

const ufwWalls: readonly Wall[] = [
  { name: 'ufw, nothing is let in', layer: 'ufw', slot: 'filter nft', host: 'ufw --force enable' },
  {
    name: 'ufw, a deny before an allow',
    layer: 'ufw',
    slot: 'filter nft',
    host: `ufw deny from 172.31.16.0/20 && ufw allow 5432/tcp && ufw --force enable`,
  },
];

/** Shorewall and firewalld make the tables of the kernel anew when they start: they must come before rules by hand. */
const daemonWalls: readonly Wall[] = [
  {
    name: 'shorewall, its policy drops',
    layer: 'shorewall',
    slot: 'filter nft',
    host: `cd /etc/shorewall && cp /usr/share/shorewall/configfiles/shorewall.conf .
printf 'fw firewall\\nnet ipv4\\n' >zones
printf '?FORMAT 2\\nnet eth0 tcpflags,nosmurfs\\n' >interfaces
printf '$FW net ACCEPT\\nnet all DROP info\\nall all REJECT info\\n' >policy
printf '?SECTION NEW\\nSSH(ACCEPT) net $FW\\n' >rules
sed -i 's/^startup=.*/startup=1/' /etc/default/shorewall
shorewall start >/run/shorewall.log 2>&1 || { cat /run/shorewall.log >&2; exit 1; }`,
  },
  {
    name: 'firewalld, its zone does not list the port',
    layer: 'firewalld',
    slot: 'filter nft',
    host: `mkdir -p /run/dbus
pgrep -x dbus-daemon >/dev/null || dbus-daemon --system --fork </dev/null >/dev/null 2>&1
setsid firewalld --nofork --nopid </dev/null >/var/log/firewalld.out 2>&1 &
for i in $(seq 100); do firewall-cmd --state >/dev/null 2>&1 && break; sleep 0.1; done
firewall-cmd --state >/dev/null || { cat /var/log/firewalld.out >&2; exit 1; }`,
  },
];

const accessWalls: readonly Wall[] = [
  { name: 'no line', layer: 'pg-hba', slot: 'hba', hba: (text) => text.replace(own, '') },
  {
    name: 'a reject before',
    layer: 'pg-hba',
    slot: 'hba',
    hba: (text) => text.replace(own, `host all all 172.31.0.0/16 reject\n$&`),
  },
  {
    name: 'another user',
    layer: 'pg-hba',
    slot: 'hba',
    hba: (text) => text.replace(own, (line) => line.replace(' dms ', ' dmz ')),
  },
  {
    name: 'another database',
    layer: 'pg-hba',
    slot: 'hba',
    hba: (text) => text.replace(own, (line) => line.replace(' orders ', ' order ')),
  },
  {
    name: 'a replication line only',
    layer: 'pg-hba',
    slot: 'hba',
    hba: (text) => text.replace(own, (line) => line.replace(/orders {6}/, 'replication ')),
  },
  {
    name: 'TLS only',
    layer: 'pg-hba',
    slot: 'hba',
    hba: (text) => text.replace(own, (line) => line.replace('host   ', 'hostssl')),
  },
  {
    name: 'ident',
    layer: 'pg-hba',
    slot: 'hba',
    hba: (text) => text.replace(own, (line) => line.replace('scram-sha-256', 'ident')),
  },
  {
    name: 'no line, and no newline at the end',
    layer: 'pg-hba',
    slot: 'hba',
    hba: (text) => `${text.replace(own, '').trimEnd()}\n# the end`,
  },
  {
    name: 'an included list that rejects',
    from: 16,
    layer: 'pg-hba',
    slot: 'hba',
    hba: (text) => text.replace(own, 'include_if_exists nothing.conf\nhost all +app,dms all reject\n$&'),
  },
  {
    name: 'a stored md5',
    layer: 'pg-hba',
    slot: 'password',
    sql: "set password_encryption = 'md5';\nalter role dms password 'dms-password';\nreset password_encryption",
  },
  { name: 'NOLOGIN', layer: 'login', slot: 'login', sql: 'alter role dms nologin' },
  { name: 'an expired password', layer: 'login', slot: 'until', sql: "alter role dms valid until '2020-02-02'" },
  { name: 'a connection limit of the role', layer: 'login', slot: 'limit', sql: 'alter role dms connection limit 0' },
  {
    name: 'a connection limit of the database',
    layer: 'database',
    slot: 'database limit',
    sql: 'alter database orders connection limit 0',
  },
  { name: 'no CONNECT', layer: 'database', slot: 'connect', sql: 'revoke connect on database orders from public' },
  { name: 'NOREPLICATION', layer: 'role', slot: 'replication', sql: 'alter role dms noreplication' },
  {
    name: 'no SELECT',
    layer: 'role',
    slot: 'select',
    databaseSql: 'revoke select on all tables in schema public from dms',
  },
  {
    name: 'no SELECT on one table',
    layer: 'role',
    slot: 'select',
    databaseSql: 'revoke select on orders from dms;\ngrant select (id) on orders to dms',
  },
  { name: 'no USAGE', layer: 'role', slot: 'usage', databaseSql: 'revoke usage on schema public from public, dms' },
];

const serverWalls: readonly Wall[] = [
  { name: 'wal_level = replica', layer: 'wal-level', slot: 'wal_level', conf: 'wal_level = replica' },
  { name: 'listen_addresses = localhost', layer: 'listener', slot: 'listen', conf: "listen_addresses = 'localhost'" },
  {
    name: 'no slot left',
    layer: 'slots',
    slot: 'slots',
    conf: 'max_replication_slots = 2',
    after: async (site) =>
      void (await site.sql(
        "select pg_create_physical_replication_slot('a');\nselect pg_create_physical_replication_slot('b')",
      )),
  },
  { name: 'no slot at all', layer: 'slots', slot: 'slots', conf: 'max_replication_slots = 0' },
  { name: 'no walsender', layer: 'senders', slot: 'senders', conf: 'max_wal_senders = 0' },
];

/** Every wall. */
export const walls: readonly Wall[] = [...daemonWalls, ...firewallWalls, ...ufwWalls, ...accessWalls, ...serverWalls];

/** The walls that a major version can have. */
export const wallsOf = (major: number): Wall[] => walls.filter(({ from = 0, to = 99 }) => from <= major && major <= to);

/** Puts walls up, together: the server is restarted once where one of them needs it. Whether it was. */
export async function putUp(site: Site, some: readonly Wall[]): Promise<boolean> {
  const { configuration } = site.cluster;
  const { db1 } = site.lab.hosts;
  const conf = some.flatMap((wall) => wall.conf ?? []);
  const hba = some.flatMap((wall) => wall.hba ?? []);
  if (conf.length > 0) await db1.run(`cat >> ${configuration}/postgresql.conf`, { input: `${conf.join('\n')}\n` });
  if (hba.length > 0) {
    const text = await db1.run(`cat ${configuration}/pg_hba.conf`);
    await db1.run(`cat > ${configuration}/pg_hba.conf`, { input: hba.reduce((now, edit) => edit(now), text) });
  }
  for (const { sql } of some) if (sql !== undefined) await site.sql(sql);
  for (const { databaseSql: sql } of some) if (sql !== undefined) await site.sql(sql, 'orders');
  if (conf.length > 0) await site.restart();
  else if (hba.length > 0) await site.sql('select pg_reload_conf()');
  for (const { after } of some) await after?.(site);
  const first = some.toSorted((a, b) => Number(daemonWalls.includes(b)) - Number(daemonWalls.includes(a)));
  const commands = first.flatMap((wall) => wall.host ?? []);
  if (commands.length > 0) await db1.run(commands.join('\n'));
  return conf.length > 0;
}
