/** Records the story's bundles under fixtures/ from hosts that it builds in the lab: `node scripts/record-story.mjs`. */
import { build } from 'esbuild';
import { prepareLab, runInLab } from './lab-overlay.mjs';

const reason = await prepareLab((line) => console.error(line));
if (reason !== undefined) {
  console.error(`No recording without the lab: ${reason}`);
  process.exit(1);
}
const outfile = '.cache/record-story.mjs';
await build({ entryPoints: ['test/lab/story/main.ts'], outfile, bundle: true, platform: 'node', format: 'esm', packages: 'external' });
const child = runInLab([process.execPath, outfile, ...process.argv.slice(2)]);
child.on('close', (code) => (process.exitCode = code ?? 1));
