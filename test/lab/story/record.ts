import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Host, outcome } from '../host.ts';
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
  return unpack(bytes);
}

/** The items of the one file that the host script prints: `item NAME BYTES TIME`, the bytes, a line feed; `end COUNT`. */
function unpack(file: Buffer): Gathered[] {
  const gathered: Gathered[] = [];
  let position = 0;
  const line = (): string => {
    const end = file.indexOf('\n', position);
    if (end < 0) throw new Error(`the bundle is cut after ${position} bytes`);
    const text = file.subarray(position, end).toString();
    position = end + 1;
    return text;
  };
  if (line() !== 'dms-doctor-bundle 1') throw new Error('not a bundle');
  for (;;) {
    const [word, name = '', bytes = '', at = ''] = line().split(' ');
    if (word === 'end' && Number(name) === gathered.length) return gathered;
    if (word !== 'item') throw new Error(`at byte ${position}: neither an item nor the end of ${gathered.length}`);
    gathered.push({ name, text: file.subarray(position, position + Number(bytes)), vantage: 'host', at });
    position += Number(bytes);
    line();
  }
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
  const directory = join('fixtures', bundle);
  if (existsSync(directory)) rmSync(directory, { recursive: true });
  const items: Record<string, Entry> = {};
  for (const { name, text, vantage, at } of gathered.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    if (name.endsWith('.error')) continue;
    items[name] = { bytes: text.length, sha256: createHash('sha256').update(text).digest('hex'), vantage, at };
  }
  writeFileSync(join(directory, 'bundle.json'), `${JSON.stringify({ version: 1, collectedAt, flow, items }, undefined, 2)}\n`);
  writeFileSync(join(directory, 'README.md'), readme(bundle));
}
