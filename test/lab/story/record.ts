import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Host, outcome } from '../host.ts';
import { unframe } from '../../../src/evidence/framed.ts';
import type { DatabaseItem } from '../../../src/evidence/postgres.ts';
import { readme } from './readme.ts';

/** What a bundle's `items` say of a file: how large it is, what it holds, where and when it was seen. */
type Entry = { bytes: number; sha256: string; vantage: string; at: string };

/** One file of a bundle, before it is written. */
export type Gathered = { name: string; text: Buffer; vantage: string; at: string };

const flow = {
  from: ['172.31.23.112'],
  host: '172.31.40.17',
  port: 5432,
  database: 'orders',
  user: 'dms',
  tls: 'none',
  migrationType: 'full-load-and-cdc',
  endpoint: 'orders-legacy-source',
  replicationInstance: 'orders-dms',
};

/**
 * Runs the very script that a live run sends over SSH, on the host as root.
 * @throws when what it prints is not a whole bundle
 */
export async function gatherHost(host: Host): Promise<Gathered[]> {
  const script = readFileSync('src/evidence/host-facts.sh', 'utf8');
  const child = host.spawn('exec sh -s -- --port 5432 --address 172.31.23.112');
  const { code, stderr, bytes } = await outcome(child, script);
  if (code !== 0 || stderr !== '') throw new Error(`host-facts.sh ended with ${code}: ${stderr}`);
  const { items, complete, problem } = unframe(bytes);
  if (!complete) throw new Error(`what host-facts.sh printed is not whole: ${problem}`);
  return [...items].map(([name, { text, at }]) => ({ name, text: Buffer.from(text), vantage: 'host', at }));
}

/**
 * Asks the host's database what a live run asks, as its administrator over the loopback.
 * @throws when it cannot connect
 */
export async function gatherDatabase(host: Host): Promise<Gathered[]> {
  const { code, stdout, stderr } = await host.inNetwork(process.execPath, ['.cache/gather-database.mjs']);
  if (code !== 0) throw new Error(`gather-database ended with ${code}: ${stderr}`);
  return gatheredOf(Object.entries(JSON.parse(stdout) as Record<string, DatabaseItem>));
}

/** What the database's questions gave, as files of a bundle. */
export function gatheredOf(items: Iterable<[string, DatabaseItem]>): Gathered[] {
  return [...items].map(([name, item]) =>
    'error' in item
      ? { name: `${name}.error`, text: Buffer.from(`${item.error}\n`), vantage: 'database', at: item.at }
      : { name, text: Buffer.from(item.text), vantage: 'database', at: item.at },
  );
}

/** The AWS part: files in the AWS CLI's own shape, the later folders' over the earlier ones'. */
export function gatherAws(folders: readonly string[], at: string): Gathered[] {
  const files = new Map<string, string>();
  for (const folder of folders) {
    for (const name of readdirSync(join('test/lab/story/aws', folder, 'aws'))) {
      files.set(`aws/${name}`, join('test/lab/story/aws', folder, 'aws', name));
    }
  }
  return [...files].map(([name, path]) => ({ name, text: readFileSync(path), vantage: 'configuration', at }));
}

/**
 * Writes a bundle as a directory under fixtures/, in place of one that is there.
 * @param collectedAt ISO 8601
 */
export function writeBundle(bundle: string, gathered: readonly Gathered[], collectedAt: string): void {
  const note: Gathered = { name: 'README.md', text: Buffer.from(readme(bundle)), vantage: 'here', at: collectedAt };
  writeDirectory(join('fixtures', bundle), [...gathered, note], collectedAt);
}

/** Writes a bundle as a directory, in place of one that is there. */
export function writeDirectory(directory: string, gathered: readonly Gathered[], collectedAt: string): void {
  if (existsSync(directory)) rmSync(directory, { recursive: true });
  const items: Record<string, Entry> = {};
  for (const { name, text, vantage, at } of gathered.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    items[name] = { bytes: text.length, sha256: createHash('sha256').update(text).digest('hex'), vantage, at };
  }
  writeFileSync(
    join(directory, 'bundle.json'),
    `${JSON.stringify({ version: 1, collectedAt, flow, items }, undefined, 2)}\n`,
  );
}
