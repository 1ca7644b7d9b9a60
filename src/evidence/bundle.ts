import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Vantage } from '../finding.ts';
import type { Flow } from '../flow.ts';
import type { Assumed } from './assumed-flow.ts';
import { emptyFlow } from '../flow.ts';
import { unframe } from './framed.ts';
import { bringHome } from './home-account.ts';
import { absenceFrom } from './absence.ts';
import type { Absence, Item } from './item.ts';
import { BundleError, parseManifest } from './manifest.ts';
import type { Manifest } from './manifest.ts';

/** What one bundle holds, before flows are laid over each other. */
export type Bundle = {
  readonly items: Map<string, Item | Absence>;
  readonly flow: Flow;
  readonly collectedAt: string | undefined;
  readonly notes: string[];
  /** What a live host says of itself, for where nothing else says it. */
  readonly assumed?: Assumed;
};

/** A file of a bundle as it was read, and its time (ISO 8601). */
export type RawFile = { readonly bytes: Uint8Array; readonly at: string };

/**
 * Reads a bundle: a directory, or the one file that the host script prints.
 *
 * @param from a path, or the bytes of standard input
 * @throws BundleError where nothing can be read from it
 */
export async function readBundle(from: string | { stdin: Uint8Array }): Promise<Bundle> {
  if (typeof from !== 'string') return assemble(readFramed(from.stdin, 'standard input'), 'standard input');
  const info = await stat(from).catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'ENOENT' ? 'there is no such file or directory' : (error.code ?? 'it cannot be read');
    throw new BundleError(`${from}: ${why}`, { cause: error });
  });
  if (info.isDirectory()) return assemble({ files: readDirectory(from), dated: false, problem: undefined }, from);
  const bytes = await readFile(from).catch((error: NodeJS.ErrnoException) => {
    throw new BundleError(`${from}: cannot be read (${error.code})`, { cause: error });
  });
  return assemble(readFramed(bytes, from), from);
}

/**
 * What was read of a bundle: each file, or why it cannot be read. `dated`: the files' times are those of the gathering, not
 * those of a copy. `problem`: why it is not whole.
 */
export type RawBundle = {
  readonly files: ReadonlyMap<string, RawFile | string>;
  readonly dated: boolean;
  readonly problem: string | undefined;
};

/**
 * The bundle that the host script printed on a live host. Only the host's own folders count: a host cannot speak for AWS.
 *
 * @param where how the source is called in messages
 * @throws BundleError where nothing can be read from it
 */
export function hostBundle(printed: Uint8Array, where: string): Bundle {
  const raw = readFramed(printed, where);
  const files = new Map([...raw.files].filter(([name]) => /^(?:host|postgres)\//.test(name)));
  return assemble({ ...raw, files }, where);
}

function readFramed(bytes: Uint8Array, where: string): RawBundle {
  const { items, complete, problem } = unframe(bytes);
  if (items.size === 0)
    throw new BundleError(
      `${where}: is neither a bundle directory nor the output of host-facts.sh${problem ? ` (${problem})` : ''}`,
    );
  const files = new Map<string, RawFile>();
  for (const [name, { text, at }] of items) files.set(name, { bytes: Buffer.from(text), at });
  return { files, dated: true, problem: complete ? undefined : (problem ?? 'it ends before its end mark') };
}

const mostFiles = 10_000;
const mostBytes = 256 * 1024 * 1024;

/**
 * Every file below the directory, or why it cannot be read; links are not followed, so that a bundle stays in its folder.
 * Synchronous: a hundred small files are read in a fifth of the time that as many promises take.
 */
function readDirectory(root: string): Map<string, RawFile | string> {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  if (entries.length > mostFiles)
    throw new BundleError(`${root}: holds ${entries.length} files; a bundle has at most ${mostFiles}`);
  const files = entries.filter((entry) => !entry.isDirectory());
  const found = files.map((entry): [string, RawFile | string] => {
    const file = path.join(entry.parentPath, entry.name);
    return [
      path.relative(root, file).split(path.sep).join('/'),
      entry.isFile() ? readPlain(file) : 'is not a plain file',
    ];
  });
  return new Map(found.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function readPlain(file: string): RawFile | string {
  try {
    const info = statSync(file);
    if (info.size > mostBytes) return `is larger than ${mostBytes / 1024 / 1024} MiB`;
    return { bytes: readFileSync(file), at: info.mtime.toISOString() };
  } catch (error) {
    return `cannot be read (${(error as NodeJS.ErrnoException).code})`;
  }
}

/**
 * Makes a bundle of its files: each is held against its checksum, and what is not there says why. Pure.
 *
 * @param where what the bundle is called in messages
 * @throws BundleError where `bundle.json` cannot be read
 */
export function assemble({ files, dated, problem }: RawBundle, where: string): Bundle {
  const own = files.get('bundle.json');
  if (typeof own === 'string') throw new BundleError(`${where}: bundle.json ${own}`);
  const manifest = own === undefined ? undefined : parseManifest(Buffer.from(own.bytes).toString('utf8'), where);
  const items = new Map<string, Item | Absence>();
  const listed = manifest?.items ?? {};
  const names = new Set([...files.keys(), ...Object.keys(listed)]);
  names.delete('bundle.json');
  for (const name of names) place(items, name, files.get(name), listed[name]);
  const moved = bringHome(items);
  if (problem !== undefined) items.set('bundle', { name: 'bundle', why: 'damaged', detail: `${where}: ${problem}` });
  return {
    items,
    flow: flowOf(manifest),
    // A manifest that names no date leaves the bundle undated, whatever its files' times are.
    collectedAt: (manifest === undefined && dated ? latest(files) : manifest?.collectedAt) ?? undefined,
    notes: [...(manifest?.notes ?? (dated ? [] : notesOf(manifest))), ...(moved === undefined ? [] : [moved])],
  };
}

function latest(files: ReadonlyMap<string, RawFile | string>): string | undefined {
  return [...files.values()]
    .flatMap((file) => (typeof file === 'string' ? [] : file.at))
    .sort()
    .at(-1);
}

type Listing = NonNullable<Manifest['items']>[string];

function place(
  items: Map<string, Item | Absence>,
  name: string,
  file: RawFile | string | undefined,
  listing: Listing | undefined,
) {
  const base = name.endsWith('.error') ? name.slice(0, -'.error'.length) : name;
  const damage = damageOf(file, listing);
  if (damage !== undefined) {
    // Damage is never lost behind an item that is whole: it forbids `open` whatever it was.
    const key = items.has(base) ? name : base;
    items.set(key, { name: key, why: 'damaged', detail: damage });
    return;
  }
  const { bytes, at } = file as RawFile;
  const text = Buffer.from(bytes).toString('utf8');
  if (base === name)
    items.set(name, {
      name,
      text,
      vantage: listing?.vantage ?? vantageOf(name),
      at: listing?.at ?? at,
      ...(listing?.caveat ? { caveat: listing.caveat } : {}),
    });
  else if (!items.has(base)) items.set(base, absenceFrom(name, text));
}

function damageOf(file: RawFile | string | undefined, listing: Listing | undefined): string | undefined {
  if (file === undefined) return 'bundle.json lists it, but it is gone';
  if (typeof file === 'string') return file;
  if (listing === undefined) return undefined;
  if (file.bytes.length !== listing.bytes)
    return `bundle.json says ${listing.bytes} bytes, there are ${file.bytes.length}: cut or changed`;
  const sum = createHash('sha256').update(file.bytes).digest('hex');
  return sum === listing.sha256
    ? undefined
    : 'its checksum differs from the one in bundle.json: changed since it was gathered';
}

/** Where an item of this name was seen from, where nothing else says so. */
function vantageOf(name: string): Vantage {
  const [folder] = name.split('/');
  if (folder === 'aws') return 'configuration';
  if (folder === 'here' || folder === 'dms') return folder;
  return folder === 'postgres' && name.endsWith('.json') ? 'database' : 'host';
}

function flowOf(manifest: Manifest | undefined): Flow {
  const flow = manifest?.flow;
  if (flow === undefined || flow === null) return emptyFlow;
  return {
    from: flow.from ?? [],
    host: flow.host ?? undefined,
    port: flow.port ?? undefined,
    database: flow.database ?? undefined,
    user: flow.user ?? undefined,
    tls: flow.tls ?? undefined,
    migrationType: flow.migrationType ?? undefined,
    endpoint: flow.endpoint ?? undefined,
    replicationInstance: flow.replicationInstance ?? undefined,
    replicationConfig: flow.replicationConfig ?? undefined,
  };
}

function notesOf(manifest: Manifest | undefined): string[] {
  if (manifest === undefined)
    return ['The bundle has no bundle.json: nothing dates it, and nothing shows that its files belong together.'];
  if (manifest.items === undefined || manifest.items === null)
    return ['bundle.json has no checksums (items): whether a file was cut or changed on its way cannot be told.'];
  return [];
}
