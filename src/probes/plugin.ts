import { readsChanges } from '../flow.ts';
import { settingOf } from './artefacts.ts';
import { clusterOf, socketsOn } from './cluster.ts';
import type { Draft, Reader } from './probe.ts';
import { probe } from './probe.ts';
import { seenEndpoint } from './tasks.ts';
import { sqlLiteral } from './wording.ts';

type PluginReader = Reader<
  'host/clusters.json' | 'host/ss.txt' | 'postgres/settings.json' | 'postgres/extensions.json',
  'aws/describe-endpoints.json' | 'postgres/server.json' | 'postgres/pglogical-nodes.json'
>;

/** Whether the output plugin that DMS will ask for can be loaded. */
export const plugin = probe({
  layer: 'plugin',
  needs: ['host/clusters.json', 'host/ss.txt', 'postgres/settings.json', 'postgres/extensions.json'],
  sharpens: ['aws/describe-endpoints.json', 'postgres/server.json', 'postgres/pglogical-nodes.json'],
  *judge(e) {
    if (e.maybe('postgres/server.json')?.is_rds) {
      yield* managed(e);
      return;
    }
    const port = e.fact('port');
    const clusters = e.need('host/clusters.json');
    const { open } = socketsOn(e.need('host/ss.txt'), port, e.flow.host ?? '');
    const cluster = open[0] === undefined ? undefined : clusterOf(clusters, open[0]);
    const name = pluginAsked(e);
    if (cluster === undefined) {
      yield {
        code: 'PLG003',
        args: { why: `no cluster of host/clusters.json listens on port ${port}` },
        evidence: [e.cite('host/clusters.json', `${clusters.length} cluster${clusters.length === 1 ? '' : 's'}`)],
      };
      return;
    }
    const file = cluster.plugins?.[name];
    const evidence = [
      e.cite('host/clusters.json', `plugins.${name} = ${file === undefined ? '(not looked for)' : (file ?? 'null')}`),
    ] as const;
    const missing = name === 'pglogical' ? notSetUp(e) : undefined;
    if (!readsChanges(e.flow)) yield { code: 'PLG004', args: {}, evidence };
    else if (file === undefined)
      yield { code: 'PLG003', args: { why: `whether ${name} is installed was not looked for` }, evidence };
    else if (file === null) yield { code: 'PLG002', args: { plugin: name }, evidence };
    else if (missing !== undefined) yield missing;
    else yield { code: 'PLG001', args: { plugin: name, file }, evidence };
  },
});

/** The plugin that DMS will use: without a preference pglogical where it is preloaded, else test_decoding. */
export function pluginAsked(
  e: Reader<'postgres/settings.json', 'aws/describe-endpoints.json'>,
): 'pglogical' | 'test_decoding' {
  const endpoint = seenEndpoint(e);
  const asked = endpoint && settingOf(endpoint, 'PluginName')?.toLowerCase().replace('-', '_');
  if (asked === 'pglogical' || asked === 'test_decoding') return asked;
  return isPreloaded(e) ? 'pglogical' : 'test_decoding';
}

function isPreloaded(e: Reader<'postgres/settings.json', never>): boolean {
  const libraries = e.need('postgres/settings.json').get('shared_preload_libraries')?.setting ?? '';
  return libraries.split(',').some((one) => one.trim().replaceAll('"', '').replace(/^.*\//, '') === 'pglogical');
}

function notSetUp(e: PluginReader): Draft | undefined {
  const libraries = e.need('postgres/settings.json').get('shared_preload_libraries')?.setting ?? '';
  const evidence = [e.cite('postgres/settings.json', `shared_preload_libraries = ${libraries}`)] as const;
  if (!isPreloaded(e)) return { code: 'PLG005', args: { why: 'it is not in shared_preload_libraries' }, evidence };
  const seen = e.maybe('postgres/server.json')?.current_database;
  if (seen && e.flow.database !== undefined && seen !== e.flow.database)
    e.notUnderstood('postgres/extensions.json', `it is of database ${seen}, and the endpoint names ${e.flow.database}`);
  if (e.need('postgres/extensions.json').some((one) => one.extname === 'pglogical')) return withoutNode(e);
  return {
    code: 'PLG005',
    args: { why: 'its extension is not in this database' },
    evidence: [...evidence, e.cite('postgres/extensions.json', 'no row with extname = pglogical')],
    fix: {
      steps: [
        {
          where: 'database',
          run: 'CREATE EXTENSION pglogical;',
          effect: 'none',
          risk: 'Makes the schema pglogical in this database.',
          undo: '`DROP EXTENSION pglogical;`',
          verify: "`SELECT extversion FROM pg_extension WHERE extname = 'pglogical';`",
        },
      ],
      patches: [{ item: 'postgres/extensions.json', path: [], push: { extname: 'pglogical', nspname: 'pglogical' } }],
    },
  };
}

/** A slot of one's own with pglogical needs a node in this database (AWS DMS user guide, native CDC start points). */
function withoutNode(e: PluginReader): Draft | undefined {
  const endpoint = seenEndpoint(e);
  const slot = endpoint && settingOf(endpoint, 'SlotName');
  if (!slot || e.maybe('postgres/pglogical-nodes.json')?.length !== 0) return undefined;
  const dsn = `host=${e.flow.host ?? 'HOST'} port=${e.flow.port ?? 5432} dbname=${e.flow.database ?? 'DATABASE'}`;
  return {
    code: 'PLG005',
    args: { why: `the endpoint names slot ${slot}, and this database is no node of pglogical` },
    evidence: [e.cite('postgres/pglogical-nodes.json', 'no row')],
    fix: {
      steps: [
        {
          where: 'database',
          run: `SELECT pglogical.create_node(node_name := 'dms_source', dsn := ${sqlLiteral(dsn)});`,
          effect: 'none',
          risk: 'Starts a worker of pglogical in this database. The slot’s replication sets are still to be made.',
          undo: "`SELECT pglogical.drop_node('dms_source');`",
          verify: '`SELECT node_name FROM pglogical.node;`',
        },
      ],
      patches: [{ item: 'postgres/pglogical-nodes.json', path: [], push: { node_name: 'dms_source' } }],
    },
  };
}

/** RDS and Aurora bring test_decoding with every version, and pglogical where its library is preloaded. */
function* managed(e: PluginReader): Generator<Draft, void> {
  const name = pluginAsked(e);
  const evidence = [e.cite('postgres/server.json', 'is_rds = true')] as const;
  const missing = name === 'pglogical' ? notSetUp(e) : undefined;
  if (!readsChanges(e.flow)) yield { code: 'PLG004', args: {}, evidence };
  else if (missing !== undefined) yield missing;
  else yield { code: 'PLG001', args: { plugin: name, file: 'part of RDS' }, evidence };
}
