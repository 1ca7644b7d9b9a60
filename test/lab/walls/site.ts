import pg from 'pg';
import { gatherPostgres } from '../../../src/evidence/postgres.ts';
import { createLab, type Lab } from '../lab.ts';
import { type Cluster, startPostgres } from '../postgres.ts';
import { databaseSql, rolesSql } from '../story/database.ts';
import { type Gathered, gatherAws, gatheredOf, gatherHost } from '../story/record.ts';

const addresses = { ri: '172.31.23.112/20', db1: '172.31.40.17/20' } as const;

/** A replication instance and a source host whose servers run one at a time, each open to DMS until a wall is put up. */
export type Site = {
  lab: Lab<keyof typeof addresses>;
  /** The cluster that runs now. */
  cluster: Cluster;
  /** Ends the cluster that runs, and starts that of another major version. */
  use(major: number): Promise<void>;
  /** Runs SQL as superuser. */
  sql(statements: string, database?: string): Promise<pg.QueryResult[]>;
  /** What a live run would have gathered of the host, the database and AWS now. */
  gather(aws?: string): Promise<Gathered[]>;
  /** Restarts the server, quicker than Debian's own command, which waits two seconds. */
  restart(): Promise<void>;
  /** Takes every wall away. */
  reset(restart: boolean): Promise<void>;
};

const settings = [
  "listen_addresses = '*'",
  'ssl = off',
  'wal_level = logical',
  'password_encryption = scram-sha-256',
  'max_wal_senders = 6',
  'max_replication_slots = 6',
  "shared_buffers = '16MB'",
  'fsync = off',
];

const hbaLines = `
host    orders          dms             172.31.23.112/32        scram-sha-256
`;

/** What leaves no rule of any kind, and no chain that a front end made. */
const noRules = `
if pkill -x firewalld; then while pgrep -x firewalld >/dev/null; do sleep 0.05; done; rm -f /etc/firewalld/*/*.xml /etc/firewalld/*/*.old; fi
if [ -e /var/lib/shorewall/state ]; then
  shorewall clear >/dev/null
  rm -rf /var/lib/shorewall/* /var/lib/shorewall/.[a-z]*
  for file in zones interfaces policy rules shorewall.conf; do rm -f /etc/shorewall/$file; done
fi
for table in filter nat mangle raw security; do
  for binary in iptables-legacy ip6tables-legacy; do
    grep -qx "$table" "/proc/net/$([ "$binary" = iptables-legacy ] && echo ip || echo ip6)_tables_names" 2>/dev/null || continue
    $binary -t $table -F; $binary -t $table -X
    for chain in $($binary -t $table -S | sed -n 's/^-P \\([A-Z]*\\) .*/\\1/p'); do $binary -t $table -P $chain ACCEPT; done
  done
done
grep -q '^ENABLED=yes' /etc/ufw/ufw.conf && ufw --force reset >/dev/null && rm -f /etc/ufw/*.20*
nft flush ruleset
ipset destroy`;

const asBefore = `
alter role dms login replication nosuperuser connection limit -1 valid until 'infinity' password 'dms-password';
alter role dms reset all;
alter role dms in database orders reset all;
alter database orders connection limit -1;
alter database orders reset all;
grant connect on database orders to public;
revoke connect on database orders from dms;
select pg_drop_replication_slot(slot_name) from pg_replication_slots;
`;

const rightsAsBefore = `
revoke select (id) on orders from dms;
grant usage on schema public to public, dms;
grant select on all tables in schema public to dms;
`;

/** Every major version needs an engine of DMS that knows it; the story's does not know 18. */
function newEngine(file: Gathered): Gathered {
  return {
    ...file,
    text: Buffer.from(file.text.toString().replaceAll('"EngineVersion": "3.5.4"', '"EngineVersion": "3.6.1"')),
  };
}

/** Builds a site; the first server is the one of `major`. */
export async function buildSite(major: number): Promise<Site> {
  const lab = await createLab(addresses);
  const { db1 } = lab.hosts;
  const clusters = new Map<number, Cluster>();
  const start = async (wanted: number): Promise<Cluster> => {
    const known = clusters.get(wanted);
    if (known !== undefined) {
      await known.control('start');
      return known;
    }
    const cluster = await startPostgres(db1, wanted, settings);
    clusters.set(wanted, cluster);
    await cluster.sql(rolesSql);
    await cluster.sql(databaseSql, 'orders');
    const hba = `${cluster.configuration}/pg_hba.conf`;
    const keep = `cd ${cluster.configuration} && cp -p pg_hba.conf pg_hba.conf.open && cp -p postgresql.conf postgresql.conf.open`;
    await db1.run(`sed -i '1i local all dba trust' ${hba} && cat >> ${hba} && ${keep}`, { input: hbaLines });
    await cluster.control('reload');
    return cluster;
  };
  const connect = async (database: string): Promise<pg.Client> => {
    const client = new pg.Client({
      host: `/proc/${db1.pid}/root/run/postgresql`,
      user: 'dba',
      database,
      application_name: 'dms-doctor',
    });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  };
  try {
    const site: Site = {
      lab,
      cluster: await start(major),
      async use(wanted) {
        if (wanted === site.cluster.major) return;
        await site.cluster.control('stop');
        site.cluster = await start(wanted);
      },
      async sql(statements, database = 'postgres') {
        const client = await connect(database);
        try {
          const results: pg.QueryResult[] = [];
          for (const statement of statements.split(/;\s*\n/).filter((one) => one.trim() !== ''))
            results.push(await client.query(statement));
          return results;
        } finally {
          await client.end();
        }
      },
      async gather(aws = 'fixed') {
        const database = async () => {
          const client = await connect('orders');
          try {
            const query = async (sql: string) => (await client.query<Record<string, unknown>>(sql)).rows;
            return gatheredOf(await gatherPostgres(query, () => new Date().toISOString(), 'dms'));
          } finally {
            await client.end();
          }
        };
        const [host, rows] = await Promise.all([gatherHost(db1), database()]);
        return [...host, ...rows, ...gatherAws(['legacy-host', 'fixed', aws], new Date().toISOString()).map(newEngine)];
      },
      async restart() {
        const { configuration, data, major: version } = site.cluster;
        const control = `/usr/lib/postgresql/${version}/bin/pg_ctl -D ${data} -s -w -m fast`;
        const log = `/var/log/postgresql/postgresql-${version}-main.log`;
        // Nothing may keep the pipe of this command open: the server would.
        await db1.run(
          `cd / && runuser -u postgres -- ${control} -l ${log} -o '-c config_file=${configuration}/postgresql.conf' restart </dev/null >/dev/null 2>&1`,
        );
      },
      async reset(restart) {
        const { configuration, data } = site.cluster;
        await db1.run(
          `{ ${noRules}\n} 2>/dev/null; cd ${configuration} && cp -p pg_hba.conf.open pg_hba.conf && cp -p postgresql.conf.open postgresql.conf && : > ${data}/postgresql.auto.conf`,
        );
        if (restart) await site.restart();
        else await site.sql('select pg_reload_conf()');
        await site.sql(asBefore);
        await site.sql(rightsAsBefore, 'orders');
      },
    };
    return site;
  } catch (error) {
    await lab.close();
    throw error;
  }
}
