import { expect, test } from 'vitest';
import { check } from '../../src/check.ts';
import { edited, evidenceFrom } from '../support/bundles.ts';

type Row = Record<string, unknown>;

/** How the endpoint stands where the session is on a server of 9.4, which shows no system identifier (as 9.4.13 answers). */
function endpointOf(session: Row): string[] {
  const files = edited('legacy-host', {
    'postgres/server.json': (text) => {
      const [{ system_identifier: _, ...row } = {}] = JSON.parse(text) as Row[];
      return JSON.stringify([{ ...row, server_version: '9.4.13', server_version_num: 90_413, ...session }]);
    },
  });
  const { findings } = check(evidenceFrom(files), { scope: ['endpoint'] });
  return findings
    .filter(({ code }) => /^END0(?:01|03|13)$/.test(code))
    .map(({ code, caveats }) => `${code} ${caveats.join(' ')}`);
}

test('before 9.6 a server is known by its data directory, its port and the second of its start', () => {
  expect(endpointOf({})).toEqual([expect.stringMatching(/^END001 .*SQL does not show the system identifier/)]);
});

test.each<[string, Row, string]>([
  ['from 9.6 on the identifier alone counts', { server_version_num: 90_605 }, 'END003'],
  ['another directory', { data_directory: '/var/lib/postgresql/9.4/other' }, 'END003'],
  ['a directory that this role may not see', { data_directory: null }, 'END003'],
  ['another port', { port: 5433, inet_server_port: 5433 }, 'END013'],
  ['started three seconds later', { pg_postmaster_start_time: '2026-11-22T12:32:17.47718+00:00' }, 'END003'],
  ['started a day before', { pg_postmaster_start_time: '2026-11-21T12:32:14.47718+00:00' }, 'END013'],
])('%s: %o is %s', (_, session, code) => {
  expect(endpointOf(session).map((each) => each.split(' ')[0])).toEqual([code]);
});
