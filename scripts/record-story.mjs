/** Records the story's bundles under fixtures/ from hosts that it builds in the lab: `node scripts/record-story.mjs`. */
import { build } from 'esbuild';
import { prepareLab, runInLab } from './lab-overlay.mjs';

const reason = await prepareLab((line) => console.error(line));
if (reason !== undefined) {
  console.error(`No recording without the lab: ${reason}`);
  process.exit(1);
}
const bundled = { bundle: true, platform: 'node', format: 'esm', packages: 'external' };
for (const [entry, outfile] of [
  ['main', '.cache/record-story.mjs'],
  ['gather-database', '.cache/gather-database.mjs'],
]) {
  await build({ ...bundled, entryPoints: [`test/lab/story/${entry}.ts`], outfile });
}
const child = runInLab([process.execPath, '.cache/record-story.mjs', ...process.argv.slice(2)]);
child.on('close', (code) => (process.exitCode = code ?? 1));
