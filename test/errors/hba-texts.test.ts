import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { explainText } from '../../src/errors/explainer.ts';

type Recorded = { version: string; event: string; kind: string; tls: boolean; sqlstate: string; message: string };
const recorded = JSON.parse(
  readFileSync(new URL('../hba/fixtures/error-texts.json', import.meta.url), 'utf8'),
) as Recorded[];

const refusals = recorded.filter(({ event }) => event === 'no-entry' || event === 'reject');
const open = ['dns', 'route', 'security-group', 'network-acl', 'listener'];

test('what PostgreSQL 10 to 18 says when pg_hba.conf refuses is explained as that, and proves open what lies before it', () => {
  expect(new Set(refusals.map(({ version }) => version.split('.')[0])).size).toBe(9);
  for (const { version, message, tls } of refusals) {
    const [explanation] = explainText(`FATAL:  ${message}`);
    expect(explanation?.layers, `${version}: ${message}`).toContain('pg-hba');
    expect(['pg-hba', 'tls'], `${version}: ${message}`).toContain(explanation?.layer);
    if (tls) expect(explanation?.layer, `${version}: ${message}`).toBe('pg-hba');
    expect(explanation?.cleared).toEqual(expect.arrayContaining(open));
    expect(explanation?.cleared).not.toContain('pg-hba');
  }
});

test('from 10 to 13 a refused logical connection is called a replication connection: that a database line is missing is said', () => {
  const said = refusals.filter(
    ({ kind, version, event }) =>
      kind === 'logical-walsender' && event === 'no-entry' && Number.parseInt(version, 10) < 14,
  );
  expect(said.length).toBeGreaterThan(3);
  for (const { message, version } of said) {
    const [explanation] = explainText(message);
    const words = [explanation?.cause, ...(explanation?.next ?? [])].join(' ');
    expect(words, version).toMatch(/database/);
    expect(words, version).toMatch(/\b10\b/);
  }
});
