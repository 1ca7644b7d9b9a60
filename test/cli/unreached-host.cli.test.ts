import { expect, test } from 'vitest';
import { run } from './run.ts';

const flow = [
  '--from',
  '172.31.23.112',
  '--host',
  '172.31.40.17',
  '--database',
  'orders',
  '--user',
  'dms',
  '--port',
  '5432',
  '--tls',
  'none',
];
// Nobody listens at port 1.
const closed = ['check', '--ssh', 'ops@127.0.0.1:1', ...flow];
type Report = {
  findings: { code: string; layer: string; detail: string; evidence: { source: string; text: string }[] }[];
};

/** What is said of a layer of the database. */
async function ofLayer(layer: string, ...more: string[]): Promise<string> {
  const { code, stdout } = await run([...closed, '--format', 'json', ...more]);
  expect(code).toBe(3);
  const { findings } = JSON.parse(stdout) as Report;
  return JSON.stringify(findings.filter((finding) => finding.layer === layer));
}

test('where SSH fails, each layer of the database says why its evidence is not there', async () => {
  for (const layer of ['tls', 'wal-level', 'slots', 'login'])
    expect(await ofLayer(layer), layer).toMatch(/ssh ops@127\.0\.0\.1:1: .*the connection was refused/);
});

test('where a SQL session was to bring it, that one says why', async () => {
  const said = await ofLayer('wal-level', '--pg-url', 'postgres://dms@127.0.0.1:1/orders');
  expect(said).toMatch(/not-gathered: seen from here, as dms: .*refused/);
});
