import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { check } from '../../src/check.ts';
import type { Evidence, Item } from '../../src/evidence/item.ts';
import { isItem } from '../../src/evidence/item.ts';
import { judge } from '../../src/judge.ts';
import type { Layer } from '../../src/layers.ts';
import { groups } from '../../src/layers.ts';
import { selectionOf } from '../../src/probes/mappings.ts';
import { durationOf, overrideOf } from '../../src/probes/settings.ts';
import { evidenceFrom, filesOf } from '../support/bundles.ts';
import { task } from './source.ts';

type Rows = Record<string, unknown>[];

const recorded = evidenceFrom(filesOf('legacy-host'));

/** The recorded host with some items edited. */
function edited(edits: Record<string, (rows: Rows) => void>): Evidence {
  const items = new Map(recorded.items);
  for (const [name, edit] of Object.entries(edits)) {
    const item = items.get(name);
    if (!isItem(item)) throw new Error(`${name} is not recorded`);
    const rows = JSON.parse(item.text) as Rows;
    edit(rows);
    items.set(name, { ...item, text: JSON.stringify(rows) } satisfies Item);
  }
  return { ...recorded, items };
}

const findingOf = (evidence: Evidence, layer: Layer, code: string) =>
  judge(evidence, { scope: [layer] }).findings.find((one) => one.layer === layer && one.code === code);
const runs = (evidence: Evidence, layer: Layer, code: string) =>
  findingOf(evidence, layer, code)?.fix?.steps.map((step) => ('run' in step ? step.run : ''));
const setting = (name: string, set: Record<string, unknown>) => (rows: Rows) => {
  const row = rows.find((one) => one['name'] === name);
  if (row) Object.assign(row, set);
  else rows.push({ name, setting: null, ...set });
};
const cluster = (set: Record<string, unknown>) => ({
  'host/clusters.json': (rows: Rows) => void Object.assign(rows[0] ?? {}, set),
});

describe('who runs the cluster gets its own command', () => {
  test.each([
    ['patroni', ['patronictl edit-config --pg wal_level=logical', 'patronictl restart CLUSTER MEMBER']],
    [
      'repmgr',
      [
        "ALTER SYSTEM SET wal_level = 'logical';",
        "runuser -u postgres -- sh -c 'repmgr service pause && repmgr node service --action=restart && repmgr service unpause'",
      ],
    ],
    ['pacemaker', ["ALTER SYSTEM SET wal_level = 'logical';", 'crm_resource --restart --resource RESOURCE']],
    [
      'pg_auto_failover',
      [
        "ALTER SYSTEM SET wal_level = 'logical';",
        'runuser -u postgres -- pg_autoctl restart --pgdata /var/lib/postgresql/13/main',
      ],
    ],
    [null, ["ALTER SYSTEM SET wal_level = 'logical';", 'pg_ctlcluster 13 main restart']],
  ])('%s', (managedBy, expected) => {
    expect(runs(edited(cluster({ managedBy })), 'wal-level', 'WAL002')).toEqual(expected);
  });

  test('and where it is systemd’s, its unit', () => {
    expect(
      runs(edited(cluster({ unit: 'postgresql@13-main.service', managedBy: 'systemd' })), 'wal-level', 'WAL002')?.at(
        -1,
      ),
    ).toBe('systemctl restart postgresql@13-main.service');
  });
});

describe('where wal_level comes from', () => {
  const onCommandLine = { 'postgres/settings.json': setting('wal_level', { source: 'command line' }) };

  test('on the command line ALTER SYSTEM does not reach it, and the plan does not claim to open it', () => {
    const found = findingOf(edited(onCommandLine), 'wal-level', 'WAL006');
    expect(found?.status).toBe('block');
    expect(found?.fix?.patches).toEqual([]);
    expect(JSON.stringify(found?.fix)).not.toContain('ALTER SYSTEM SET');
  });

  test('but where Patroni gives it there, Patroni changes it', () => {
    expect(
      runs(edited({ ...onCommandLine, ...cluster({ managedBy: 'patroni' }) }), 'wal-level', 'WAL002')?.[0],
    ).toContain('patronictl edit-config');
  });

  test('a file line is named', () => {
    const found = findingOf(
      edited({
        'postgres/settings.json': setting('wal_level', {
          source: 'configuration file',
          sourcefile: '/x.conf',
          sourceline: 7,
        }),
      }),
      'wal-level',
      'WAL002',
    );
    expect(found?.detail).toContain('/x.conf:7');
  });
});

describe('RDS and Aurora', () => {
  const rds = {
    'postgres/server.json': (rows: Rows) => void Object.assign(rows[0] ?? {}, { is_rds: true }),
    'postgres/settings.json': setting('rds.logical_replication', { setting: 'off', source: 'configuration file' }),
    'postgres/roles.json': (rows: Rows) =>
      void Object.assign(rows.find((row) => row['rolname'] === 'dms') ?? {}, { rolreplication: false }),
  };

  test('rds.logical_replication is what to look at first', () => {
    const found = findingOf(edited(rds), 'wal-level', 'WAL007');
    expect(found?.fix?.steps.map(({ where }) => where)).toEqual(['AWS', 'AWS']);
    expect(JSON.stringify(found?.fix?.steps)).toContain(
      'ParameterName=rds.logical_replication,ParameterValue=1,ApplyMethod=pending-reboot',
    );
  });

  test('Aurora holds the parameter in the cluster’s group', () => {
    const aurora = {
      ...rds,
      'postgres/server.json': (rows: Rows) => void Object.assign(rows[0] ?? {}, { is_rds: true, is_aurora: true }),
    };
    expect(runs(edited(aurora), 'wal-level', 'WAL007')?.[0]).toContain(
      'modify-db-cluster-parameter-group --db-cluster-parameter-group-name',
    );
  });

  test('membership stands in the place of REPLICATION', () => {
    expect(runs(edited(rds), 'role', 'ROL002')).toEqual(['GRANT rds_replication TO dms;']);
    const member = {
      ...rds,
      'postgres/roles.json': (rows: Rows) =>
        void Object.assign(rows.find((row) => row['rolname'] === 'dms') ?? {}, {
          rolreplication: false,
          memberof: ['rds_replication'],
        }),
    };
    expect(findingOf(edited(member), 'role', 'ROL001')?.summary).toContain('rds_replication');
    const elsewhere = { 'postgres/roles.json': member['postgres/roles.json'] };
    expect(findingOf(edited(elsewhere), 'role', 'ROL002')?.status).toBe('block');
  });

  test('what RDS shows to nobody (its files, its host) leaves no layer unknown', () => {
    const evidence = edited(rds);
    const hidden = [
      'postgres/file-settings.json',
      'postgres/hba-file-rules.json',
      'host/clusters.json',
      'host/load.txt',
      'host/df.txt',
      'host/ss.txt',
    ];
    const items = new Map(evidence.items);
    for (const name of hidden) items.set(name, { name, why: 'denied', detail: 'RDS' });
    const scope: Layer[] = ['login', 'database', ...groups.replication, ...groups.readiness];
    const { findings, layers } = judge({ ...evidence, items }, { scope });
    expect(layers.filter(({ layer, status }) => scope.includes(layer) && status === 'unknown')).toEqual([]);
    expect(findings.map(({ code }) => code)).toEqual(expect.arrayContaining(['WAL007', 'RST002', 'CAP011', 'PLG001']));
  });

  test('test_decoding comes with it, and no host is asked for', () => {
    expect(judge(edited(rds), { scope: ['plugin'] }).layers.find(({ layer }) => layer === 'plugin')?.status).toBe(
      'pass',
    );
  });
});

describe('pglogical', () => {
  const source = (slot: string | undefined) => (evidence: Evidence) => {
    const item = evidence.items.get('aws/describe-endpoints.json');
    if (!isItem(item)) throw new Error('not recorded');
    const document = JSON.parse(item.text) as { Endpoints: Rows };
    for (const endpoint of document.Endpoints)
      endpoint['PostgreSQLSettings'] = { PluginName: 'pglogical', ...(slot ? { SlotName: slot } : {}) };
    return {
      ...evidence,
      items: new Map(evidence.items).set(item.name, { ...item, text: JSON.stringify(document) }),
    };
  };
  const nodes = (rows: Rows) => (evidence: Evidence) => {
    const name = 'postgres/pglogical-nodes.json';
    const item = { name, text: JSON.stringify(rows), vantage: 'database' as const, at: '2026-11-22T12:00:00Z' };
    return { ...evidence, items: new Map(evidence.items).set(name, item) };
  };
  const setUp = edited({
    'postgres/settings.json': setting('shared_preload_libraries', { setting: 'pg_stat_statements, pglogical' }),
    'postgres/extensions.json': (rows) => void rows.push({ extname: 'pglogical', nspname: 'pglogical' }),
    'host/clusters.json': (rows) =>
      void Object.assign(rows[0] ?? {}, { plugins: { pglogical: '/lib/pglogical.so', test_decoding: null } }),
  });

  test('a slot of one’s own needs a node in this database', () => {
    const found = findingOf(nodes([])(source('own')(setUp)), 'plugin', 'PLG005');
    expect(found?.summary).toContain('no node of pglogical');
    expect(runs(nodes([])(source('own')(setUp)), 'plugin', 'PLG005')?.[0]).toContain('pglogical.create_node');
  });

  test.each([
    ['with a node', nodes([{ node_name: 'n' }])(source('own')(setUp))],
    ['without a slot of one’s own: DMS makes the node', nodes([])(source(undefined)(setUp))],
    ['where the nodes could not be seen', source('own')(setUp)],
  ])('%s it is set up', (_, evidence) => {
    expect(findingOf(evidence, 'plugin', 'PLG005')).toBeUndefined();
    expect(findingOf(evidence, 'plugin', 'PLG001')).toBeDefined();
  });
});

describe('by migration type', () => {
  const unprivileged = (rows: Rows) =>
    void Object.assign(rows.find((row) => row['rolname'] === 'dms') ?? {}, { rolreplication: false });
  const scope: Layer[] = ['role', 'wal-level', 'slots', 'senders', 'plugin', 'wal-retention', 'restart', 'data'];
  const statuses = (migrationType: 'full-load' | 'cdc' | 'full-load-and-cdc') => {
    const evidence = edited({ 'postgres/roles.json': unprivileged });
    const { layers } = judge({ ...evidence, flow: { ...evidence.flow, migrationType } }, { scope });
    return Object.fromEntries(
      layers.filter(({ layer }) => scope.includes(layer)).map(({ layer, status }) => [layer, status]),
    );
  };

  test('a full load needs no slot, no WAL level, no REPLICATION', () => {
    expect(statuses('full-load')).toEqual({
      role: 'pass',
      'wal-level': 'skip',
      slots: 'skip',
      senders: 'skip',
      plugin: 'skip',
      'wal-retention': 'skip',
      restart: 'skip',
      data: 'warn',
    });
  });

  test.each(['cdc', 'full-load-and-cdc'] as const)('%s needs them all', (type) => {
    expect(statuses(type)).toMatchObject({
      role: 'block',
      'wal-level': 'block',
      slots: 'pass',
      senders: 'pass',
      plugin: 'pass',
      restart: 'warn',
    });
  });
});

describe('walsenders are raised on the standbys first from version 12 on', () => {
  const full = { 'postgres/settings.json': setting('max_wal_senders', { setting: '1' }) };

  test('13: standby, its restart, primary', () => {
    expect(runs(edited(full), 'senders', 'SND002')).toEqual([
      "runuser -u postgres -- psql -d postgres -c 'ALTER SYSTEM SET max_wal_senders = '\\''2'\\'''",
      'systemctl restart postgresql',
      "ALTER SYSTEM SET max_wal_senders = '2';",
      'pg_ctlcluster 13 main restart',
    ]);
  });

  test('11: the primary alone', () => {
    const old = {
      ...full,
      'postgres/server.json': (rows: Rows) => void Object.assign(rows[0] ?? {}, { server_version_num: 110_022 }),
    };
    expect(runs(edited(old), 'senders', 'SND002')).toEqual([
      "ALTER SYSTEM SET max_wal_senders = '2';",
      'pg_ctlcluster 13 main restart',
    ]);
  });
});

test('several settings wait for one restart, and the standbys’ restart comes before it', () => {
  const evidence = edited({
    'postgres/settings.json': (rows) => {
      setting('max_wal_senders', { setting: '1' })(rows);
      setting('max_replication_slots', { setting: '0' })(rows);
    },
  });
  const { plan } = check(evidence, { scope: ['wal-level', 'slots', 'senders'] });
  expect(plan.opens).toBe(true);
  const did = plan.steps.map((step) => `${step.host ?? step.where}: ${'run' in step ? step.run : ''}`);
  expect(did).toEqual([
    expect.stringMatching(/^172\.31\.44\.9: .*max_wal_senders/),
    '172.31.44.9: systemctl restart postgresql',
    [
      "database: ALTER SYSTEM SET wal_level = 'logical';",
      "ALTER SYSTEM SET max_replication_slots = '2';",
      "ALTER SYSTEM SET max_wal_senders = '2';",
    ].join('\n'),
    'source host: pg_ctlcluster 13 main restart',
  ]);
});

describe('a standby as source', () => {
  const standby = (version: number) => ({
    'postgres/server.json': (rows: Rows) =>
      void Object.assign(rows[0] ?? {}, {
        pg_is_in_recovery: true,
        server_version_num: version,
        server_version: String(version / 10_000),
      }),
  });
  const engine = (version: string, evidence: Evidence): Evidence => {
    const item = evidence.items.get('aws/describe-replication-instances.json');
    if (!isItem(item)) throw new Error('not recorded');
    return {
      ...evidence,
      items: new Map(evidence.items).set(item.name, {
        ...item,
        text: item.text.replaceAll(/"EngineVersion": *"[^"]*"/g, `"EngineVersion": "${version}"`),
      }),
    };
  };

  test.each([
    [150_000, '3.6.1', ['STB002']],
    [160_000, '3.5.4', ['STB003', 'STB004', 'STB005']],
    [160_000, '3.6.1', ['STB003', 'STB004']],
  ])('%i with DMS %s', (version, dms, codes) => {
    const { findings } = judge(engine(dms, edited(standby(version))), { scope: ['standby'] });
    expect(
      findings.filter(({ layer, status }) => layer === 'standby' && status !== 'skip').map(({ code }) => code),
    ).toEqual(codes);
  });
});

test('a database of 20,000 tables and as many faults is judged, and its plan made, in few edits', () => {
  const wide = (schemas: number) =>
    edited({
      'postgres/tables.json': (rows) => {
        const model = {
          ...rows[0],
          selectable: false,
          columns_selectable: 0,
          schema_usable: false,
          primary_key: false,
          relrowsecurity: true,
        };
        rows.splice(
          0,
          rows.length,
          ...Array.from({ length: 20_000 }, (_, i) => ({ ...model, nspname: `s${i % schemas}`, relname: `t${i}` })),
        );
      },
    });
  const withoutTasks = (evidence: Evidence) => ({
    ...evidence,
    items: new Map([...evidence.items].filter(([name]) => name !== 'aws/describe-replication-tasks.json')),
  });
  for (const [schemas, steps] of [
    [1, 1],
    [20, 20],
    [5000, 1],
  ] as const) {
    const { plan, findings } = check(withoutTasks(wide(schemas)), { scope: ['role', 'data'] });
    expect(plan).toMatchObject({ opens: true });
    expect(plan.steps).toHaveLength(steps);
    expect(findings.map(({ code }) => code)).toEqual(expect.arrayContaining(['ROL004', 'DAT002', 'DAT014']));
  }
});

test('without the host what the database says of capacity stands, and the layer is unknown', () => {
  const evidence = edited({
    'postgres/prepared-xacts.json': (rows) =>
      void rows.push({ transaction: '1', prepared: '2026-11-22T11:00:00+00:00', owner: 'app', database: 'orders' }),
  });
  const items = new Map([...evidence.items].filter(([name]) => !name.startsWith('host/')));
  const { findings, layers } = judge({ ...evidence, items }, { scope: ['capacity'] });
  expect(findings.map(({ code }) => code)).toEqual(expect.arrayContaining(['CAP008', 'CAP012', 'EVD001']));
  expect(layers.find(({ layer }) => layer === 'capacity')?.status).toBe('unknown');
});

describe('what was not asked is no pass', () => {
  const statusOf = (evidence: Evidence, layer: Layer) =>
    judge(evidence, { scope: [layer] }).layers.find((one) => one.layer === layer)?.status;

  test('rights on tables', () => {
    const unasked = edited({ 'postgres/tables.json': (rows) => rows.forEach((row) => (row['selectable'] = null)) });
    expect(statusOf(unasked, 'role')).toBe('unknown');
  });

  test('CONNECT', () => {
    expect(
      statusOf(
        edited({ 'postgres/databases.json': (rows) => rows.forEach((row) => (row['connect'] = null)) }),
        'database',
      ),
    ).toBe('unknown');
  });

  test.each(['role', 'data'] as const)('%s of another database', (layer) => {
    const elsewhere = edited({
      'postgres/server.json': (rows) => void Object.assign(rows[0] ?? {}, { current_database: 'postgres' }),
    });
    expect(statusOf(elsewhere, layer)).toBe('unknown');
  });
});

describe('a limit that only the gathering session has', () => {
  const own = setting('statement_timeout', { setting: '10000', source: 'client', boot_val: '0' });
  const inFile = (rows: Rows) =>
    void rows.push({
      sourcefile: '/a.conf',
      sourceline: 3,
      name: 'statement_timeout',
      setting: '5s',
      applied: true,
      error: null,
    });

  test('is not the server’s', () => {
    expect(findingOf(edited({ 'postgres/settings.json': own }), 'senders', 'SND007')).toBeUndefined();
  });

  test('does not hide what the files say', () => {
    expect(
      findingOf(edited({ 'postgres/settings.json': own, 'postgres/file-settings.json': inFile }), 'senders', 'SND007')
        ?.summary,
    ).toContain('statement_timeout = 5 s');
  });

  test('is a caveat where the files cannot be seen', () => {
    const evidence = edited({ 'postgres/settings.json': own });
    const items = new Map(evidence.items).set('postgres/file-settings.json', {
      name: 'postgres/file-settings.json',
      why: 'denied',
      detail: 'no',
    });
    expect(findingOf({ ...evidence, items }, 'senders', 'SND001')?.caveats.join()).toContain('statement_timeout');
  });
});

describe('selection rules', () => {
  const names = fc.string({ maxLength: 8, unit: fc.constantFrom('a', 'b', '_', '.', '(') });
  const samples = 300 * Number(process.env['SAMPLES'] ?? 1);

  test('a name without wildcards selects itself alone, and a wildcard what a reading letter by letter says', () => {
    const slow = (name: string, text: string): boolean =>
      text === ''
        ? name === ''
        : text[0] === '%'
          ? slow(name, text.slice(1)) || (name !== '' && slow(name.slice(1), text))
          : name[0] === text[0] && name !== '' && slow(name.slice(1), text.slice(1));
    const texts = fc.string({ maxLength: 7, unit: fc.constantFrom('a', 'b', '%', '.') });
    fc.assert(
      fc.property(names, texts, (relname, tables) => {
        expect(selectionOf([task('t', { tables })])({ nspname: 'public', relname })).toBe(slow(relname, tables));
      }),
      { numRuns: samples },
    );
  });

  test('a mapping that cannot be read selects everything, and so does no task', () => {
    const broken = { ...task('t'), TableMappings: '{"rules":' };
    for (const tasks of [undefined, [], [broken]])
      expect(selectionOf(tasks)({ nspname: 'any', relname: 'any' })).toBe(true);
  });

  test('a rule that excludes wins', () => {
    const rule = (action: string, table: string) => ({
      'rule-type': 'selection',
      'object-locator': { 'schema-name': 'public', 'table-name': table },
      'rule-action': action,
    });
    const both = {
      ...task('t'),
      TableMappings: JSON.stringify({ rules: [rule('include', '%'), rule('exclude', 'log%')] }),
    };
    expect(selectionOf([both])({ nspname: 'public', relname: 'orders' })).toBe(true);
    expect(selectionOf([both])({ nspname: 'public', relname: 'log_2026' })).toBe(false);
    expect(selectionOf([both])({ nspname: 'other', relname: 'orders' })).toBe(false);
  });
});

test('the narrowest override wins, whatever their order', () => {
  const rows = [
    { database: null, role: null, setting: 'a=1' },
    { database: 'orders', role: null, setting: 'a=2' },
    { database: null, role: 'dms', setting: 'a=3' },
    { database: 'orders', role: 'dms', setting: 'a=4' },
    { database: 'other', role: 'dms', setting: 'a=5' },
    { database: null, role: 'app', setting: 'a=6' },
  ];
  fc.assert(
    fc.property(fc.shuffledSubarray(rows, { minLength: 1 }), (some) => {
      const best = Math.max(0, ...some.map(({ setting: text }) => Number(text.slice(2))).filter((n) => n <= 4));
      expect(overrideOf('a', some, { user: 'dms', database: 'orders' })?.setting).toBe(
        best === 0 ? undefined : `a=${best}`,
      );
    }),
  );
});

test.each([
  ['5s', 5000],
  ['250', 250],
  ['1min', 60_000],
  ['1 h', 3_600_000],
  ['1d', 86_400_000],
  ['soon', undefined],
  ['-1', undefined],
])('%s is %s ms', (text, milliseconds) => {
  expect(durationOf(text)).toBe(milliseconds);
});
