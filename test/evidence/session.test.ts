import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { readTarget } from '../../src/evidence/session/target.ts';
import { parseConnectionUrl } from '../../src/evidence/session/url.ts';
import { SourceError } from '../../src/evidence/source.ts';

/* The examples of PostgreSQL's documentation ("Connection URIs"), and what libpq makes of others. */
test.each<[string, Record<string, string>]>([
  ['postgresql://', {}],
  ['postgresql://localhost', { host: 'localhost' }],
  ['postgresql://localhost:5433', { host: 'localhost', port: '5433' }],
  ['postgresql://localhost/mydb', { host: 'localhost', dbname: 'mydb' }],
  ['postgresql://user@localhost', { user: 'user', host: 'localhost' }],
  ['postgresql://user:secret@localhost', { user: 'user', password: 'secret', host: 'localhost' }],
  [
    'postgresql://other@localhost/otherdb?connect_timeout=10&application_name=myapp',
    { user: 'other', host: 'localhost', dbname: 'otherdb', connect_timeout: '10', application_name: 'myapp' },
  ],
  ['postgresql:///mydb?host=localhost&port=5433', { dbname: 'mydb', host: 'localhost', port: '5433' }],
  ['postgresql://[2001:db8::1234]/database', { host: '2001:db8::1234', dbname: 'database' }],
  ['postgresql://[::1]:5433', { host: '::1', port: '5433' }],
  ['postgresql:///dbname?host=/var/lib/postgresql', { dbname: 'dbname', host: '/var/lib/postgresql' }],
  ['postgresql://%2Fvar%2Flib%2Fpostgresql/dbname', { host: '/var/lib/postgresql', dbname: 'dbname' }],
  ['postgres://user@/db', { user: 'user', dbname: 'db' }],
  ['postgres://host?ssl=true', { host: 'host', sslmode: 'require' }],
])('%s', (url, expected) => {
  expect(parseConnectionUrl(url)).toEqual(expected);
});

test.each([
  'http://localhost',
  'localhost:5432/db',
  'postgres://a,b/db',
  'postgres://u:MARKER@x@host/db',
  'postgres://u:MARKER/x@host/db',
  'postgres://u:MAR%zzKER@host/db',
  'postgres://u:MARKER%00@host/db',
  'postgres://::1/db',
  'postgres://host/db?MARKER',
  'postgres://u:p@host:MARKER/db',
  'postgres://host/db?sslmode=MARKER',
  'postgres://host/db?port=MARKER',
  'postgres://host/db?channel_binding=require',
  'postgres://host/db?sslcrl=MARKER',
  'postgres://host/db?sslnegotiation=direct',
  'postgres://host/db?MARKER-%20x=1',
  'postgres://?service=nowhere',
])('%s cannot be used, and the reason repeats nothing of it', async (url) => {
  const error = await readTarget(
    url,
    { PGSERVICEFILE: '/nonexistent' },
    { host: undefined, database: undefined },
  ).catch((one: unknown) => one);
  expect(error).toBeInstanceOf(SourceError);
  expect(String(error)).not.toContain('MARKER');
});

test('whatever a part holds, written in percent it is read back; and no text of any kind breaks the reading', () => {
  const part = fc
    .string({ minLength: 1, unit: 'binary' })
    .filter((text) => !text.includes('\0') && Buffer.from(text).toString() === text);
  fc.assert(
    fc.property(part, part, part, part, (user, password, host, dbname) => {
      const [u, p, h, d] = [user, password, host, dbname].map(encodeURIComponent);
      expect(parseConnectionUrl(`postgres://${u}:${p}@${h}/${d}`)).toEqual({ user, password, host, dbname });
    }),
  );
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        parseConnectionUrl(`postgres://${text}`);
      } catch (error) {
        expect(error).toBeInstanceOf(SourceError);
      }
    }),
  );
});

const folder = mkdtempSync(path.join(tmpdir(), 'dms-doctor-services-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const none = { host: undefined, database: undefined };

test('the URL wins over the service file, that over the environment, that over what is known of the endpoint', async () => {
  const file = path.join(folder, 'services');
  writeFileSync(
    file,
    '# c\n\n[a]\nhost=wrong\n[b]\n  host=from-service  \nport=1\nport=2\nuser=s\nsslmode=disable\n[c]\nuser=x\n',
  );
  const env = {
    PGSERVICEFILE: file,
    PGHOST: 'from-env',
    PGUSER: 'e',
    PGDATABASE: 'env-db',
    PGPORT: '9',
    PGPASSWORD: 'secret',
  };
  const both = await readTarget('postgres://u@?service=b', env, none);
  expect(both).toMatchObject({ host: 'from-service', port: 1, user: 'u', database: 'env-db', sslMode: 'disable' });
  expect(both.password()).toBe('secret');
  expect(JSON.stringify(both)).not.toContain('secret');
  expect(await readTarget(undefined, { ...env, PGSERVICE: 'c' }, none)).toMatchObject({ host: 'from-env', user: 'x' });
  const known = { host: 'endpoint', database: 'orders' };
  expect(await readTarget('postgres://u@', {}, known)).toMatchObject({
    host: 'endpoint',
    database: 'orders',
    port: 5432,
    sslMode: 'prefer',
  });
  expect(await readTarget('postgres://u@', {}, none)).toMatchObject({ host: '/var/run/postgresql', database: 'u' });
});

test('a line of a service file that is no setting is named by its number, and not repeated', async () => {
  const file = path.join(folder, 'broken');
  writeFileSync(file, '[a]\nhost=x\nMARKER secret\n');
  await expect(readTarget('postgres://?service=a', { PGSERVICEFILE: file }, none)).rejects.toThrow(
    /broken, line 3: not NAME=VALUE$/,
  );
});
