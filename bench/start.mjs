// Cold starts as whole processes, each paired with a bare `node -e 0` of the same moment.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const runs = Number(process.env.RUNS ?? 21);
const commands = [
  ['--help', 1.5, ['--help']],
  ['explain "<message>"', 1.5, ['explain', 'SqlState: 08001 NativeError: 101 Message: [unixODBC]timeout expired']],
  ['check --bundle fixtures/legacy-host', 2.5, ['check', '--bundle', 'fixtures/legacy-host']],
];

const time = (args) => {
  const began = process.hrtime.bigint();
  const { error } = spawnSync(process.execPath, args, { cwd: root, stdio: 'ignore' });
  if (error) throw error;
  return Number(process.hrtime.bigint() - began) / 1e6;
};
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

for (const [name, aim, args] of commands) {
  const pairs = Array.from({ length: runs + 1 }, () => [time(['bin/dms-doctor.js', ...args]), time(['-e', '0'])]).slice(
    1,
  );
  const ratio = median(pairs.map(([own, bare]) => own / bare));
  const own = median(pairs.map(([first]) => first));
  console.log(`${name}: ${ratio.toFixed(2)} times node -e 0 (aim ${aim}), ${own.toFixed(0)} ms, ${runs} pairs`);
}
