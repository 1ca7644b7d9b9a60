import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { check } from '../../src/check.ts';
import { renderJunit } from '../../src/report/junit.ts';
import type { Report } from '../../src/report.ts';
import { evidenceFrom, filesOf } from '../support/bundles.ts';
import { blocked, finding, line, open, statusesOf, undetermined } from './sample.ts';
import { samples } from './samples.ts';

const schema = fileURLToPath(new URL('junit.xsd', import.meta.url));
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'dms-doctor-junit-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What xmllint says of documents: nothing where each is well-formed and what the schema says. */
function faults(documents: readonly string[]): string {
  const files = documents.map((document, index) => {
    const file = path.join(folder, `${index}.xml`);
    writeFileSync(file, document);
    return file;
  });
  const { status, stderr } = spawnSync('xmllint', ['--noout', '--schema', schema, ...files], { encoding: 'utf8' });
  expect([0, 1, 3, 4]).toContain(status);
  const said = stderr.split('\n').filter((one) => one !== '' && !one.endsWith(' validates'));
  expect(status === 0).toBe(said.length === 0);
  return said.join('\n');
}

test('xmllint takes every report', () => {
  const recorded = ['legacy-host', 'legacy-host-fixed', 'closed-security-group'].map((bundle): Report => ({
    ...blocked,
    ...check(evidenceFrom(filesOf(bundle))),
  }));
  expect(faults([blocked, open, undetermined, ...recorded].map(renderJunit))).toBe('');
});

test('xmllint refuses what is not well-formed, and what the schema does not say', () => {
  const document = renderJunit(blocked);
  expect(faults([document.replace('</testsuites>', '')])).toContain('Premature end of data');
  expect(faults([document.replace('<failure ', '<failed ').replace('</failure>', '</failed>')])).toContain('failed');
  expect(faults([document.replace(/<failure type="\w+"/, '<failure')])).toContain("'type' is required");
  expect(faults([document.replace('<system-out>', '<system-out>\u0001')])).toContain('invalid Char value 1');
});

test('xmllint takes reports whatever the texts in them', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      ']]>',
      '<failure/>',
      '&lt;',
      '"/><x a="',
      '\ufffe',
      '\uffff',
      '\u001b[31m',
      '\u0000',
      '<!--',
      '\ud800',
    ),
  );
  const documents = fc
    .sample(fc.array(hostile, { minLength: 1 }), samples(60))
    .map((parts) => parts.join(''))
    .map((text) => {
      const own = (['block', 'unknown', 'warn', 'skip'] as const).map((status, index) =>
        finding((['tls', 'dns', 'route', 'ufw'] as const)[index] ?? 'tls', 'TLS002', status, text, {
          detail: text,
          caveats: [text],
          evidence: [line(text, 1, text)],
        }),
      );
      return {
        ...blocked,
        findings: own,
        layers: statusesOf(own),
        notes: [text],
        flow: { ...blocked.flow, user: text },
      };
    })
    .map(renderJunit);
  expect(faults(documents)).toBe('');
});
