#!/usr/bin/env node
/**
 * Fetches the PostgreSQL servers that tests run against into `.cache/postgres/<major>`, through the npm client, each held to its
 * checksum in `test/servers/packages.json`. Does nothing where they are there. No script of a package is run.
 *
 *     node scripts/fetch-postgres.mjs [MAJOR…]
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cache = join(root, '.cache', 'postgres');
const { package: packageName, servers } = JSON.parse(
  await readFile(join(root, 'test', 'servers', 'packages.json'), 'utf8'),
);

/** Whether this major is in the cache as its checksum says. */
async function isThere(major) {
  const mark = await readFile(join(cache, major, 'integrity'), 'utf8').catch(() => '');
  return mark === servers[major].integrity;
}

/** npm packages hold no symbolic links: this one lists those that its libraries need. */
async function makeLinks(folder) {
  const list = await readFile(join(folder, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list)) {
    const from = join(folder, source);
    const to = join(folder, target);
    if (relative(folder, from).startsWith('..') || relative(folder, to).startsWith('..')) {
      throw new Error(`${target} -> ${source} leads out of the package`);
    }
    await rm(to, { force: true });
    await symlink(relative(dirname(to), from), to);
  }
}

async function fetchMajor(major) {
  const { version, integrity } = servers[major];
  await mkdir(cache, { recursive: true, mode: 0o755 });
  const folder = await mkdtemp(join(cache, `fetching-${major}-`));
  try {
    const spec = `${packageName}@${version}`;
    const { stdout } = await run('npm', ['pack', spec, '--pack-destination', folder, '--ignore-scripts', '--json'], {
      cwd: folder,
      timeout: 300_000,
    });
    const archive = join(folder, basename(JSON.parse(stdout)[0].filename));
    const bytes = await readFile(archive);
    const checksum = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
    if (checksum !== integrity) throw new Error(`${spec} has the checksum ${checksum}, expected is ${integrity}`);
    await run('tar', ['-xzf', archive, '-C', folder]);
    await makeLinks(join(folder, 'package'));
    await writeFile(join(folder, 'package', 'integrity'), integrity);
    await rm(join(cache, major), { recursive: true, force: true });
    await rename(join(folder, 'package'), join(cache, major));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

if (process.platform !== 'linux' || process.arch !== 'x64') {
  console.error(`fetch-postgres: there are servers for linux-x64 only, this is ${process.platform}-${process.arch}`);
  process.exit(1);
}
const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(servers);
for (const major of wanted) {
  if (!servers[major]) {
    console.error(`fetch-postgres: no PostgreSQL ${major}; there are ${Object.keys(servers).join(', ')}`);
    process.exit(2);
  }
  if (await isThere(major)) continue;
  console.log(`fetching PostgreSQL ${servers[major].version}`);
  await fetchMajor(major);
}
