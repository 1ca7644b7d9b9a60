import { promises as dns } from 'node:dns';
import { rmSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  decide,
  parseHba,
  type ConnectionAttempt,
  type HbaDecision,
  type HbaMethod,
  type HbaSettings,
  type HostNameEvidence,
  type ParsedHba,
  type ServerContext,
} from '../../src/hba/index.ts';
import { majors, startServer, type Server } from '../servers/postgres.ts';
import { agrees, loggedLine } from './answers.ts';
import { attempts } from './attempts.ts';
import { ruleRows, type RuleRow } from './file-rules.ts';
import { brokenTree, everyProduction, longNames, productionsOf, validTree, type HbaTree } from './grammar.ts';
import { memoryFiles } from './memory-files.ts';
import { attemptConnection } from './raw-connection.ts';

const samples = Number(process.env['SAMPLES'] ?? 1);
const filesPerVersion = 12 * samples;
const connectionsPerFile = 32;
const brokenFilesPerVersion = 40 * samples;

const interfaces = Object.values(networkInterfaces())
  .flatMap((each) => each ?? [])
  .map(({ address, cidr }) => ({ address, prefixLength: Number(cidr?.split('/')[1] ?? 0) }));
const ipv6 = interfaces.some(({ address }) => address === '::1');

const roles = `
  CREATE ROLE dms LOGIN; CREATE ROLE "Dms" LOGIN; CREATE ROLE app LOGIN; CREATE ROLE "all" LOGIN; CREATE ROLE "+inner" LOGIN;
  CREATE ROLE boss LOGIN SUPERUSER; CREATE ROLE inner_of_all; CREATE ROLE "inner" ; CREATE ROLE "outer"; CREATE ROLE orders LOGIN;
  GRANT "inner" TO dms; GRANT "outer" TO "inner"; GRANT orders TO dms; GRANT app TO boss;`;

/** As the collector gathers them: every role, and all that it is a member of. */
const memberships = `
  WITH RECURSIVE all_of (member, role) AS (
    SELECT member, roleid FROM pg_auth_members UNION SELECT a.member, m.roleid FROM all_of a JOIN pg_auth_members m ON m.member = a.role)
  SELECT r.rolname, r.rolsuper, coalesce(array_agg(o.rolname::text) FILTER (WHERE o.oid IS NOT NULL), '{}') AS memberof
  FROM pg_roles r LEFT JOIN all_of a ON a.member = r.oid LEFT JOIN pg_roles o ON o.oid = a.role GROUP BY 1, 2`;

type Tested = { server: Server; admin: pg.Client; context: ServerContext; settings: HbaSettings };
type ErrorRow = { file_name?: string; line_number: number; error: string | null };

const counts = new Map<string, Map<number, number>>();
function count(what: string, major: number, by = 1): void {
  const row = counts.get(what) ?? new Map<number, number>();
  counts.set(what, row.set(major, (row.get(major) ?? 0) + by));
}

async function lookUp(address: string): Promise<HostNameEvidence> {
  const name = await dns.lookupService(address, 5432).then(
    ({ hostname }) => hostname,
    () => null,
  );
  if (name === null || name === address) return { name: null, addresses: [] };
  const found = await dns.lookup(name, { all: true }).catch(() => []);
  return { name, addresses: found.map((each) => each.address) };
}

async function start(major: number): Promise<Tested> {
  const server = await startServer({
    major,
    settings: {
      ssl: 'on',
      ssl_ca_file: 'server.crt',
      password_encryption: 'md5',
      listen_addresses: ipv6 ? '127.0.0.1,::1' : '127.0.0.1',
      log_line_prefix: '%r ',
    },
    // Refused at every reload, after pg_hba.conf was read: its message says that a reload is over.
    files: { 'pg_ident.conf': 'broken\n' },
  });
  const admin = new pg.Client({ host: server.socketFolder, port: server.port, user: 'postgres', database: 'postgres' });
  await admin.connect();
  await admin.query(roles);
  const version = Number((await admin.query('SHOW server_version_num')).rows[0].server_version_num);
  const rows: { rolname: string; rolsuper: boolean; memberof: string[] }[] = (await admin.query(memberships)).rows;
  const builtIn = new Map<HbaMethod, boolean>();
  for (const method of ['gss', 'sspi', 'pam', 'bsd', 'ldap', 'cert'] as const) {
    server.write('pg_hba.conf', `hostssl all all all ${method}\n`);
    const { rows: found } = await admin.query(
      "SELECT 1 FROM pg_hba_file_rules WHERE error LIKE '%not supported by this build'",
    );
    builtIn.set(method, found.length === 0);
  }
  const hostNames = new Map<string, HostNameEvidence>();
  for (const address of ['127.0.0.1', ...(ipv6 ? ['::1'] : [])]) hostNames.set(address, await lookUp(address));
  return {
    server,
    admin,
    context: {
      version,
      roles: new Map(rows.map((row) => [row.rolname, { memberOf: row.memberof, superuser: row.rolsuper }])),
      interfaces,
      sslEnabled: true,
      hostNames,
    },
    settings: {
      sslEnabled: true,
      oauthValidatorLibraries: [],
      methodsNotBuiltIn: [...builtIn].filter(([, has]) => !has).map(([method]) => method),
    },
  };
}

/** Writes the files and reloads them; whether the server took them, and what it logged. */
async function load({ server }: Tested, { tree }: HbaTree): Promise<{ taken: boolean; log: string }> {
  for (const folder of ['words', 'included', 'deep'])
    rmSync(join(server.data, folder), { recursive: true, force: true });
  for (const [path, text] of Object.entries(tree)) server.write(path, text);
  const from = server.log().length;
  server.signal('SIGHUP');
  const log = await server.logged(from, /pg_ident\.conf"? was not reloaded\n/);
  return { taken: !/pg_hba\.conf"? was not reloaded\n/.test(log), log };
}

/** Reads the files as the server does and holds the result to the server's. */
async function compareParse(tested: Tested, tree: HbaTree): Promise<{ hba: ParsedHba; taken: boolean }> {
  const { server, admin, context, settings } = tested;
  const { taken, log } = await load(tested, tree);
  const hba = parseHba(memoryFiles(server.data, tree.tree), context.version, settings);
  if (hba.unknowns.length === 0) {
    expect(hba.problems.length === 0, `whether the server takes the file, of which it says:\n${log}`).toBe(taken);
  }
  const certain = hba.problems.every((problem) => problem.orEarlier === undefined) && hba.unknowns.length === 0;
  for (const problem of hba.problems)
    if (problem.orEarlier === undefined) expect(log).toContain(`LOG:  ${problem.why}`);
  const { rows } = await admin.query<RuleRow & ErrorRow>('SELECT * FROM pg_hba_file_rules');
  const good = rows.filter((row) => row.type !== null);
  const bad = rows.filter((row) => row.type === null);
  for (const row of good) expect(row.error ?? '').toMatch(/^$|record cannot match because/);
  const rules = good.map((row) =>
    Object.fromEntries(Object.entries(row).filter(([key]) => key !== 'error' && key !== 'rule_number')),
  );
  if (hba.unknowns.length === 0) expect(ruleRows(hba, server.major)).toEqual(rules);
  const cannotMatch = 'hostgssenc record cannot match because GSSAPI is not supported by this build';
  const errors = bad.map(({ file_name, line_number, error }) => ({
    ...(file_name ? { file_name } : {}),
    line_number,
    error: error === cannotMatch ? null : error,
  }));
  const expected = hba.problems
    .filter((problem) => problem.line > 0)
    .map(({ file, line, why, inView }) => ({
      ...(server.major >= 16 ? { file_name: file } : {}),
      line_number: line,
      error: inView === undefined ? why : inView,
    }));
  if (certain) expect(expected).toEqual(errors);
  return { hba, taken };
}

const shown = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? each.toString(16) : each));

function decideOne(hba: ParsedHba, attempt: ConnectionAttempt, context: ServerContext): HbaDecision {
  const decisions = decide(hba, attempt, context);
  expect(decisions.map(({ from }) => from)).toEqual([attempt.from]);
  return decisions[0]!;
}

async function compareConnection(tested: Tested, hba: ParsedHba, attempt: ConnectionAttempt): Promise<void> {
  const { server, context } = tested;
  const { major } = server;
  const decision = decideOne(hba, attempt, context);
  const from = server.log().length;
  const method = decision.verdict === 'line' ? decision.method : undefined;
  const namesLine = method === 'password' || method === 'md5';
  const { answer, port } = await attemptConnection(server.port, attempt, namesLine);
  count('connections', major);
  count(`kind ${attempt.kind}${attempt.tls ? ' with TLS' : ''}`, major);
  if (decision.verdict === 'unknown') {
    count('verdict unknown', major);
    const possible = decision.candidates.some((candidate) => agrees(answer, candidate));
    expect(possible, `${shown(attempt)}: ${shown(answer)} is among the candidates of ${shown(decision)}`).toBe(true);
    return;
  }
  count(decision.verdict === 'line' ? `verdict ${decision.method}` : 'verdict no entry', major);
  expect(agrees(answer, decision), `${shown(attempt)}: ${shown(answer)} where we say ${shown(decision)}`).toBe(true);
  if (!namesLine || answer.kind === 'error' || decision.verdict !== 'line') return;
  const log = await server.logged(from, new RegExp(`\\(${port}\\) DETAIL:.*\\n`), 3_000);
  expect(loggedLine(log, port), 'the line that the log names').toBe(decision.line.line);
  count('line named by the log', major);
}

/** Runs a task for each item, eight at a time. */
async function eightAtATime<T>(items: readonly T[], task: (item: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < items.length; at += 8) await Promise.all(items.slice(at, at + 8).map(task));
}

/** A line with a host name makes the server look names up: only addresses of which we know what it finds may connect then. */
function withKnownNames(hba: ParsedHba, attempt: ConnectionAttempt): ConnectionAttempt {
  const named = hba.lines.some((line) => line.address?.kind === 'host-name');
  return named && attempt.from[0] !== '::1' ? { ...attempt, from: ['127.0.0.1'] } : attempt;
}

describe.each(majors)('PostgreSQL %i', (major) => {
  let tested: Tested;
  beforeAll(async () => {
    tested = await start(major);
  });
  afterAll(async () => {
    await tested?.admin.end();
    await tested?.server.stop();
  });

  test('takes and refuses the same files, in the same words', async () => {
    const known = longNames(major).map((tree): [HbaTree] => [tree]);
    await fc.assert(
      fc.asyncProperty(brokenTree(major), async (tree) => {
        const { hba, taken } = await compareParse(tested, tree);
        count(taken ? 'broken files taken' : 'broken files refused', major);
        count('broken lines', major, hba.problems.length);
      }),
      {
        numRuns: brokenFilesPerVersion + known.length,
        interruptAfterTimeLimit: 120_000,
        markInterruptAsFailure: true,
        examples: known,
      },
    );
  });

  test('decides on the same connections by the same lines', async () => {
    const attempt = attempts(ipv6);
    await fc.assert(
      fc.asyncProperty(
        validTree(major),
        fc.array(attempt, { minLength: connectionsPerFile, maxLength: connectionsPerFile }),
        async (tree, list) => {
          const { hba, taken } = await compareParse(tested, tree);
          if (!taken) return;
          count('files', major);
          for (const use of tree.uses) count(use, major);
          await eightAtATime(
            list.map((each) => withKnownNames(hba, each)),
            (each) => compareConnection(tested, hba, each),
          );
        },
      ),
      {
        numRuns: filesPerVersion,
        interruptAfterTimeLimit: 120_000,
        markInterruptAsFailure: true,
        examples: everyProduction(major).map((tree, seed) => [
          tree,
          fc.sample(attempt, { seed, numRuns: connectionsPerFile }),
        ]),
      },
    );
    const unused = productionsOf(major).filter((use) => !counts.get(use)?.get(major));
    expect(unused, 'productions that no file had').toEqual([]);
  });
});

afterAll(() => {
  const sum = (what: string): number =>
    [...(counts.get(what)?.values() ?? [])].reduce((total, each) => total + each, 0);
  console.log(`${sum('connections')} connections over ${sum('files')} files, ${sum('broken lines')} broken lines`);
  for (const [what, row] of [...counts].sort(([one], [other]) => one.localeCompare(other))) {
    console.log(`${what.padEnd(36)}${majors.map((each) => String(row.get(each) ?? '-').padStart(6)).join('')}`);
  }
});
