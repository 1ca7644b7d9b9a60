import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { assemble } from '../../src/evidence/bundle.ts';
import type { RawFile } from '../../src/evidence/bundle.ts';
import { evidenceOf } from '../../src/evidence/evidence-of.ts';
import type { Evidence } from '../../src/evidence/item.ts';
import type { Flow } from '../../src/flow.ts';
import { emptyFlow } from '../../src/flow.ts';

/** The folder of the recorded bundles. */
const fixtures = fileURLToPath(new URL('../../fixtures/', import.meta.url));

/** Every file of a recorded bundle by its name. */
export type Files = ReadonlyMap<string, RawFile>;

/** Reads a recorded bundle into memory. */
export function filesOf(bundle: string): Files {
  const root = path.join(fixtures, bundle);
  const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    entries.map((entry) => {
      const file = path.join(entry.parentPath, entry.name);
      return [path.relative(root, file), { bytes: readFileSync(file), at: '2026-11-22T00:00:00Z' }];
    }),
  );
}

/** The evidence that some files make, read as a directory is. */
export function evidenceFrom(files: ReadonlyMap<string, RawFile>, flow: Partial<Flow> = {}): Evidence {
  const bundle = assemble({ files, dated: false, problem: undefined }, 'test');
  return evidenceOf([bundle], ['test'], { ...emptyFlow, ...flow });
}

/** The same files with one of them replaced, or taken away. */
export function withFile(files: Files, name: string, bytes: Uint8Array | undefined): Files {
  const changed = new Map(files);
  const known = files.get(name);
  if (bytes === undefined) changed.delete(name);
  else changed.set(name, { at: known?.at ?? '', bytes });
  return changed;
}

/** A recorded bundle with some texts replaced, as if it had been made by hand: without checksums. */
export function edited(
  bundle: string,
  edits: Readonly<Record<string, string | ((text: string) => string) | undefined>>,
): Files {
  const files = new Map(filesOf(bundle));
  const manifest = JSON.parse(textOf(files, 'bundle.json')) as Record<string, unknown>;
  delete manifest['items'];
  files.set('bundle.json', { at: '', bytes: Buffer.from(JSON.stringify(manifest)) });
  for (const [name, edit] of Object.entries(edits)) {
    if (edit === undefined) files.delete(name);
    else files.set(name, { at: '', bytes: Buffer.from(typeof edit === 'string' ? edit : edit(textOf(files, name))) });
  }
  return files;
}

function textOf(files: Files, name: string): string {
  const file = files.get(name);
  if (file === undefined) throw new Error(`the bundle has no ${name}`);
  return Buffer.from(file.bytes).toString();
}
