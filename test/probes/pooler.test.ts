import { describe, expect, test } from 'vitest';
import type { Evidence, Item } from '../../src/evidence/item.ts';
import { isItem } from '../../src/evidence/item.ts';
import type { Flow } from '../../src/flow.ts';
import { judge } from '../../src/judge.ts';
import { evidenceFrom, filesOf } from '../support/bundles.ts';

const recorded = evidenceFrom(filesOf('legacy-host'));

/** The recorded host with another flow, and some items in other words; undefined takes one away. */
function edited(
  flow: Partial<Flow>,
  edits: Record<string, ((text: string) => string) | string | undefined> = {},
): Evidence {
  const items = new Map(recorded.items);
  for (const [name, edit] of Object.entries(edits)) {
    const item = items.get(name);
    if (edit === undefined) items.delete(name);
    else if (typeof edit === 'string')
      items.set(name, { name, vantage: 'host', at: recorded.collectedAt ?? '', text: edit });
    else if (isItem(item)) items.set(name, { ...item, text: edit(item.text) } satisfies Item);
    else throw new Error(`${name} is not recorded`);
  }
  return { ...recorded, items, flow: { ...recorded.flow, ...flow } };
}

const poolersIn = (evidence: Evidence) =>
  judge(evidence, { scope: ['endpoint'] }).findings.filter(({ code }) => code === 'END011' || code === 'END012');
const codesIn = (evidence: Evidence) => poolersIn(evidence).map(({ code }) => code);

test('the recorded host has none in front of it', () => {
  expect(codesIn(recorded)).toEqual([]);
});

describe('by name', () => {
  test.each([
    ['orders.proxy-c9xyz.eu-west-1.rds.amazonaws.com', 5432, 'END011'],
    ['reader.endpoint.proxy-c9xyz.eu-west-1.rds.amazonaws.com', 5432, 'END011'],
    ['orders.proxy-c9xyz.cn-north-1.rds.amazonaws.com.cn', 5432, 'END011'],
    ['aws-0-eu-west-1.pooler.supabase.com', 6543, 'END011'],
    ['aws-0-eu-west-1.pooler.supabase.com', 5432, 'END011'],
    ['db.abcdefgh.supabase.co', 6543, 'END012'],
    ['ep-cool-sun-123-pooler.eu-central-1.aws.neon.tech', 5432, 'END012'],
  ])('%s:%i is %s', (host, port, code) => {
    expect(codesIn(edited({ host, port }))).toEqual([code]);
  });

  test.each([
    ['orders.c9xyz.eu-west-1.rds.amazonaws.com', 5432],
    ['proxy-orders.example.com', 5432],
    ['db.abcdefgh.supabase.co', 5432],
    ['ep-cool-sun-123.eu-central-1.aws.neon.tech', 5432],
    ['pooler.example.com', 5432],
  ])('%s:%i is none', (host, port) => {
    expect(codesIn(edited({ host, port }))).toEqual([]);
  });

  test('a full load works through it, and what stands behind it is not proved', () => {
    const host = 'orders.proxy-c9xyz.eu-west-1.rds.amazonaws.com';
    expect(codesIn(edited({ host, migrationType: 'full-load' }))).toEqual(['END012']);
  });

  const runOf = (flow: Partial<Flow>) => JSON.stringify(poolersIn(edited(flow))[0]?.fix?.steps[0] ?? null);

  test('the fix names the server behind it', () => {
    expect(runOf({ host: 'aws-0-eu.pooler.supabase.com', port: 6543, user: 'postgres.abcdefgh' })).toMatch(
      /--server-name db\.abcdefgh\.supabase\.co --port 5432 .*--username postgres /,
    );
    expect(runOf({ host: 'orders.proxy-c9xyz.eu-west-1.rds.amazonaws.com' })).toMatch(
      /--server-name INSTANCE_ENDPOINT .*describe-db-proxy-targets --db-proxy-name orders/,
    );
    expect(runOf({ host: 'ep-cool-sun-123-pooler.eu-central-1.aws.neon.tech' })).toContain(
      '--server-name ep-cool-sun-123.eu-central-1.aws.neon.tech',
    );
  });
});

describe('by the process on the port', () => {
  const socketOf = (process: string, pid = 77) => ({
    'host/ss.txt': (text: string) =>
      `${text}LISTEN 0 128 0.0.0.0:6432 0.0.0.0:*${pid === 0 ? '' : ` users:(("${process}",pid=${pid},fd=7))`}\n`,
  });
  const bouncer = (version: string | null, port = 6432) =>
    JSON.stringify([
      {
        pid: 77,
        process: 'pgbouncer',
        version,
        configFile: '/etc/pgbouncer/pgbouncer.ini',
        configuration: `[pgbouncer]\nlisten_port = ${port}\n[databases]\norders = host=127.0.0.1 port=5432\n`,
      },
    ]);
  const at = { port: 6432 };

  test.each([
    ['1.5.4', 'END011'],
    ['1.18.0', 'END011'],
    ['1.22.1', 'END011'],
    ['1.23.0', 'END012'],
    ['1.24.1', 'END012'],
    ['2.0', 'END012'],
    [null, 'END012'],
    ['unreadable', 'END012'],
  ])('PgBouncer %s is %s', (version, code) => {
    expect(codesIn(edited(at, { ...socketOf('pgbouncer'), 'host/poolers.json': bouncer(version) }))).toEqual([code]);
  });

  test.each(['pgpool', 'odyssey', 'pgcat', 'haproxy', 'envoy'])('%s is not known to pass or to refuse', (process) => {
    expect(codesIn(edited(at, socketOf(process)))).toEqual(['END012']);
  });

  test('where the owners of sockets are hidden, the one whose own file names the port', () => {
    const hidden = socketOf('', 0);
    expect(codesIn(edited(at, { ...hidden, 'host/poolers.json': bouncer('1.18.0') }))).toEqual(['END011']);
    expect(codesIn(edited(at, { ...hidden, 'host/poolers.json': bouncer('1.18.0', 7000) }))).toEqual([]);
  });

  test('beside the server, on another port, it is none of the endpoint’s', () => {
    expect(codesIn(edited({}, { ...socketOf('pgbouncer'), 'host/poolers.json': bouncer('1.18.0') }))).toEqual([]);
  });

  test('what was gathered and cannot be read leaves the layer unknown', () => {
    const { layers } = judge(edited(at, { ...socketOf('pgbouncer'), 'host/poolers.json': '{' }), {
      scope: ['endpoint'],
    });
    expect(layers.find(({ layer }) => layer === 'endpoint')?.status).toBe('unknown');
  });

  test('a definition that holds a secret’s name gives no command: server and port are in the secret', () => {
    const secret = (text: string) =>
      text.replaceAll(/"PostgreSQLSettings": *\{/g, '"PostgreSQLSettings": {"SecretsManagerSecretId": "s",');
    const evidence = edited(at, { ...socketOf('pgpool'), 'aws/describe-endpoints.json': secret });
    expect(poolersIn(evidence)[0]?.fix).toBeUndefined();
    expect(poolersIn(edited(at, socketOf('pgpool')))[0]?.fix).toBeDefined();
  });
});
