// Builds what is published: the command line bundled and split (a cold start reads few files), the library and its types
// by tsc, and the files that both read at run time.
import { execFileSync } from 'node:child_process';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);
const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url));

await rm(`${root}/dist`, { recursive: true, force: true });
await mkdir(`${root}/dist`, { recursive: true });

await Promise.all([
  build({
    absWorkingDir: root,
    entryPoints: ['src/cli.ts'],
    outdir: 'dist',
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    mainFields: ['module', 'main'],
    // ssh2 loads native parts by path; the others load only where a live run needs them.
    external: ['ssh2', 'pg', 'pgpass', 'ora', 'yaml'],
    // yargs measures help texts with string-width, whose Unicode tables cost half of a cold start.
    alias: { 'string-width': require.resolve('fast-string-width') },
    minifySyntax: true,
    minifyWhitespace: true,
    minifyIdentifiers: true,
    legalComments: 'none',
    logLevel: 'warning',
  }),
  new Promise((resolve) => {
    execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
    resolve();
  }),
]);
await cp(`${root}/src/findings/pages`, `${root}/dist/pages`, { recursive: true });
await writeFile(`${root}/dist/host-facts.sh`, await hostScript());

/** host-facts.sh with the questions to the database, which are TypeScript. */
async function hostScript() {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['src/evidence/host-queries.ts'],
    bundle: true,
    format: 'esm',
    platform: 'node',
    write: false,
  });
  const module = `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`;
  const { withQueries } = await import(module);
  return withQueries(await readFile(`${root}/src/evidence/host-facts.sh`, 'utf8'));
}
