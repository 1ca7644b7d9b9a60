// Explains a task log of 200 MB with rare errors and counts the lines with the same alternatives by grep, in one run.
// Prints seconds, ratios and peak memory, also for a log of half the size and for one whose brackets a console lost.
// Needs GNU grep, /usr/bin/time and the built command (npm run build).
import { spawnSync } from 'node:child_process';
import { mkdtempSync, openSync, closeSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = new URL('..', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'dms-doctor-bench-'));
const components = [
  'SOURCE_CAPTURE  ',
  'TARGET_APPLY    ',
  'SORTER          ',
  'SOURCE_UNLOAD   ',
  'TARGET_LOAD     ',
  'PERFORMANCE     ',
];
const messages = [
  'Capture record 1 to internal queue from Source {operation:Insert (1), tableName:orders, schemaName:public}  (streamcomponent.c:2920)',
  "Start applying of 'CREATE TABLE' events for table 'public'.'orders'  (endpointshell.c:1977)",
  'Source latency 0.00 seconds, Target latency 1.23 seconds, Handling latency 1.2 seconds  (replicationtask.c:3793)',
  "Unload finished for table 'public'.'orders' (Id = 12). 120000 rows sent.  (streamcomponent.c:3543)",
  'Transaction was committed, 12 events sent to target apply, lsn 0000001A/3F00FF10 (sorter_transaction.c:340)',
];
const error =
  'RetCode: SQL_ERROR  SqlState: 08001 NativeError: 101 Message: [unixODBC]timeout expired [1022502]  (ar_odbc_conn.c:584)';

/** Writes a task log of so many megabytes with an error every 50,000 lines. */
function writeLog(path, megabytes, change = (line) => line) {
  const file = openSync(path, 'w');
  let lines = [];
  for (let i = 1, written = 0; written < megabytes * 1e6; i += 1) {
    const time = `${new Date(1.7e12 + i * 7).toISOString().slice(0, 19)}:${String((i * 7000) % 1e6).padStart(6, '0')}`;
    const [level, text] = i % 50_000 === 0 ? ['E', error] : ['I', messages[i % messages.length]];
    const line = change(
      `0012${String(i % 10_000).padStart(4, '0')}: ${time} [${components[i % components.length]}]${level}:  ${text}\n`,
    );
    lines.push(line);
    written += line.length;
    if (lines.length === 10_000) {
      writeSync(file, lines.join(''));
      lines = [];
    }
  }
  writeSync(file, lines.join(''));
  closeSync(file);
}

/** Runs a command; gives the seconds of the fastest of some runs and the most memory that it took. */
function measure(command, args, runs = 5) {
  let seconds = Number.POSITIVE_INFINITY;
  let megabytes = 0;
  for (let i = 0; i < runs; i += 1) {
    const { stderr } = spawnSync('/usr/bin/time', ['-f', '%e %M', command, ...args], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
      maxBuffer: 1 << 26,
    });
    const [elapsed, kilobytes] = (stderr.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
    seconds = Math.min(seconds, elapsed);
    megabytes = Math.max(megabytes, kilobytes / 1024);
  }
  return { seconds, megabytes };
}

try {
  await build({
    entryPoints: [join(root, 'src/errors/catalogue/index.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: join(folder, 'catalogue.mjs'),
  });
  await build({
    entryPoints: [join(root, 'src/commands/explain.ts')],
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    outdir: join(folder, 'explain'),
  });
  const runner = join(folder, 'run.mjs');
  writeFileSync(
    runner,
    `import { runExplain } from './explain/explain.js';
const [text, file] = process.argv.slice(2);
process.exitCode = await runExplain({ ...(file === undefined ? { text } : {}), files: file === undefined ? [] : [file], format: 'json', color: false, width: 80 }, { stdout: (s) => process.stdout.write(s), stderr: (s) => process.stderr.write(s) });
`,
  );
  const { causes } = await import(pathToFileURL(join(folder, 'catalogue.mjs')).href);
  const alternatives = new Set(
    causes.flatMap(({ patterns }) =>
      patterns.map(
        (one) =>
          one
            .replace(/^[~?]+/, '')
            .split('…')
            .map((part) => part.trim())
            .toSorted((a, b) => b.length - a.length)[0],
      ),
    ),
  );
  writeFileSync(
    join(folder, 'alternatives'),
    [...alternatives].map((one) => one.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|'),
  );
  const log = join(folder, 'task.log');
  const half = join(folder, 'half.log');
  const bare = join(folder, 'bare.log');
  writeLog(log, 200);
  writeLog(half, 100);
  writeLog(bare, 200, (line) => line.replace(/[[\]]/g, '').replace(/(:\d{6}) /, '$1'));
  const explain = (path) => measure(process.execPath, [runner, '-', path]);
  const grep = measure('grep', ['-cE', '-f', join(folder, 'alternatives'), log]);
  const ours = explain(log);
  const ours2 = explain(half);
  const oursBare = explain(bare);
  const node = measure(process.execPath, ['-e', '0'], 15);
  const cold = measure(
    process.execPath,
    [runner, 'FATAL: no pg_hba.conf entry for host "10.0.0.1", user "dms", database "app", no encryption'],
    15,
  );
  const ratio = (a, b) => (a.seconds / b.seconds).toFixed(2);
  console.log(
    `explain 200 MB          ${ours.seconds} s, ${ours.megabytes.toFixed(0)} MiB; grep -cE of ${alternatives.size} alternatives ${grep.seconds} s: ${ratio(ours, grep)} (aim 1)`,
  );
  console.log(
    `explain 100 MB          ${ours2.seconds} s: twice the input takes ${ratio(ours, ours2)} times as long (aim 2)`,
  );
  console.log(
    `explain without brackets ${oursBare.seconds} s: ${ratio(oursBare, ours)} of the log with brackets (aim 2)`,
  );
  console.log(`cold start              ${cold.seconds} s; node -e 0 ${node.seconds} s: ${ratio(cold, node)} (aim 1.5)`);
} finally {
  rmSync(folder, { recursive: true });
}
