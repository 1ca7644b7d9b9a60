import pg from 'pg';
import { applyPatches } from '../../src/evidence/patch.ts';
import type { Evidence, Item } from '../../src/evidence/item.ts';
import type { Absence } from '../../src/evidence/item.ts';
import { gatherPostgres } from '../../src/evidence/postgres.ts';
import type { Finding } from '../../src/finding.ts';
import type { Flow } from '../../src/flow.ts';
import { emptyFlow } from '../../src/flow.ts';
import { judge } from '../../src/judge.ts';
import type { Layer } from '../../src/layers.ts';
import type { Server } from '../servers/postgres.ts';

/** What DMS and the host say in a test; the database is asked for real. */
export type World = {
  endpoint: Record<string, unknown>;
  tasks: Record<string, unknown>[];
  /** Items of the host or AWS by name, as text; they win over what is made here. */
  items: Record<string, string>;
  flow: Partial<Flow>;
  /** How many minutes after the gathering it is judged. */
  later: number;
};

const arn = 'arn:aws:dms:eu-west-1:111122223333:endpoint:SOURCE';

/** A world in which nothing is wrong: an endpoint that captures no DDL, no task, an idle host with room. */
export const plainWorld = (): World => ({
  endpoint: { CaptureDdls: false, PluginName: 'test-decoding' },
  tasks: [],
  items: {},
  flow: {},
  later: 0,
});

/** A task of the source, with its settings as an object. */
export function task(
  name: string,
  extra: { type?: string; status?: string; settings?: unknown; tables?: string; schema?: string } = {},
) {
  const locator = { 'schema-name': extra.schema ?? 'public', 'table-name': extra.tables ?? '%' };
  return {
    ReplicationTaskIdentifier: name,
    SourceEndpointArn: arn,
    TargetEndpointArn: 'target',
    ReplicationInstanceArn: 'instance',
    MigrationType: extra.type ?? 'full-load-and-cdc',
    Status: extra.status ?? 'ready',
    TableMappings: JSON.stringify({
      rules: [
        {
          'rule-type': 'selection',
          'rule-id': '1',
          'rule-name': '1',
          'object-locator': locator,
          'rule-action': 'include',
        },
      ],
    }),
    ReplicationTaskSettings: JSON.stringify(extra.settings ?? {}),
  };
}

/** The cluster as the host script would print it; the output plugin is where the server's own files hold it. */
export function clusterItem(server: Server, extra: Record<string, unknown> = {}): string {
  return JSON.stringify([
    {
      pid: 4242,
      dataDirectory: server.data,
      port: server.port,
      exe: '/usr/lib/postgresql/bin/postgres',
      exeDeleted: false,
      unit: null,
      managedBy: null,
      plugins: { test_decoding: '/usr/lib/postgresql/lib/test_decoding.so', pglogical: null },
      ...extra,
    },
  ]);
}

/** Sends statements one by one, as psql does, to a database of a server. */
export async function run(
  server: Server,
  statements: readonly string[],
  user = 'postgres',
  database = 'orders',
): Promise<void> {
  const client = new pg.Client({ host: '127.0.0.1', port: server.port, user, database });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** The statements of a step's text; a block is one. */
const statementsOf = (text: string): string[] => (text.startsWith('DO ') ? [text] : text.split(/(?<=;)\s/));

/** Carries a step out: in the database for real, at DMS by what its command says. */
export async function carryOut(server: Server, world: World, text: string): Promise<void> {
  const settings = /--postgre-sql-settings '(\{.*\})'$/.exec(text)?.[1];
  if (settings === undefined) await run(server, statementsOf(text));
  else world.endpoint = JSON.parse(settings) as Record<string, unknown>;
}

/** Gathers the database for real, and lays the world around it. */
export async function evidenceOf(server: Server, world: World): Promise<Evidence> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port: server.port,
    user: 'postgres',
    database: 'orders',
    application_name: 'dms-doctor',
  });
  await client.connect();
  const now = new Date().toISOString();
  const gathered = await gatherPostgres(
    async (sql) => (await client.query<Record<string, unknown>>(sql)).rows,
    () => now,
    'dms',
  );
  await client.end();
  const items = new Map<string, Item | Absence>();
  for (const [name, item] of gathered)
    items.set(
      name,
      'text' in item
        ? { name, text: item.text, vantage: 'database', at: now }
        : { name, why: item.error.startsWith('denied') ? 'denied' : 'not-installed', detail: item.error },
    );
  const made: Record<string, string> = {
    'aws/describe-endpoints.json': JSON.stringify({
      Endpoints: [
        {
          EndpointIdentifier: 'source',
          EndpointArn: arn,
          EndpointType: 'SOURCE',
          EngineName: 'postgres',
          PostgreSQLSettings: world.endpoint,
        },
      ],
    }),
    'aws/describe-replication-tasks.json': JSON.stringify({ ReplicationTasks: world.tasks }),
    'host/clusters.json': clusterItem(server),
    'host/ss.txt': `State Recv-Q Send-Q Local Address:Port Peer Address:Port Process\nLISTEN 0 200 127.0.0.1:${server.port} 0.0.0.0:* users:(("postgres",pid=4242,fd=6))\n`,
    'host/load.txt': '==> processors <==\n4\n==> /proc/loadavg <==\n0.10 0.20 0.30 1/100 4242\n',
    'host/df.txt':
      'Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/sda1 104857600 10485760 94371840 10% /\n',
    ...world.items,
  };
  for (const [name, text] of Object.entries(made)) items.set(name, { name, text, vantage: 'host', at: now });
  const flow: Flow = {
    ...emptyFlow,
    from: ['127.0.0.1'],
    host: '127.0.0.1',
    port: server.port,
    database: 'orders',
    user: 'dms',
    tls: 'none',
    migrationType: 'full-load-and-cdc',
    endpoint: 'source',
    ...world.flow,
  };
  return {
    items,
    flow,
    collectedAt: new Date(Date.parse(now) + world.later * 60_000).toISOString(),
    notes: [],
    simulated: false,
  };
}

/** The findings of some layers. */
export function findingsOf(evidence: Evidence, scope: readonly Layer[]): Finding[] {
  return judge(evidence, { scope }).findings.filter(({ layer }) => scope.includes(layer));
}

/** The same evidence after a fix in the simulation. */
export function patched(evidence: Evidence, finding: Finding): Evidence {
  return { ...evidence, items: applyPatches(evidence.items, finding.fix?.patches ?? []), simulated: true };
}

/** A session that stays: of a role in the database, or the walsender of a standby that streams from now on and says so. */
export async function open(
  server: Server,
  { user, first, standby }: { user: string; first?: string; standby?: string },
): Promise<pg.Client> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port: server.port,
    user,
    application_name: standby ?? `${user}-session`,
    ...(standby === undefined ? { database: 'orders' } : { replication: 'true' }),
  });
  client.on('error', () => undefined);
  await client.connect();
  if (standby === undefined) {
    if (first !== undefined) await client.query(first);
    return client;
  }
  if (first !== undefined) await run(server, [first, 'SELECT pg_reload_conf()']);
  const { rows } = await client.query<{ xlogpos: string }>('IDENTIFY_SYSTEM');
  // A stream has no end: what it answers is never awaited.
  client
    .query(`START_REPLICATION PHYSICAL ${rows[0]?.xlogpos.replace(/[0-9A-F]{5}$/, '00000')}`)
    .catch(() => undefined);
  const { connection } = client as unknown as {
    connection: { once(event: 'replicationStart', then: () => void): void; sendCopyFromChunk(chunk: Buffer): void };
  };
  connection.once('replicationStart', () => connection.sendCopyFromChunk(standbyStatus));
  return client;
}

/** "Standby status update" (streaming replication protocol): everything is written, flushed and applied. */
const standbyStatus = Buffer.concat([Buffer.from('r'), Buffer.alloc(24, '000000FF00000000', 'hex'), Buffer.alloc(9)]);
