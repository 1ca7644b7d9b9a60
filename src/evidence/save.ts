import { createHash } from 'node:crypto';
import { judgedAsOf } from './evidence-of.ts';
import type { FramedItem } from './framed.ts';
import { frame, isItemName } from './framed.ts';
import type { Absence, Evidence, Item } from './item.ts';
import { isItem } from './item.ts';
import type { Manifest } from './manifest.ts';
import { bundleVersion } from './manifest.ts';

/**
 * Everything that a run gathered as one framed document, which `check --bundle` judges to the same report. Gathering took
 * the secrets out already.
 *
 * @returns the document's bytes (UTF-8)
 */
export function savedBundle(evidence: Evidence): Uint8Array {
  const files = new Map<string, FramedItem>();
  const listed: NonNullable<Manifest['items']> = {};
  const place = (name: string, text: string, item?: Item) => {
    if (!isItemName(name)) return;
    const at = item?.at ?? '';
    files.set(name, { text, at: /^[0-9A-Z:.+-]{1,40}$/.test(at) ? at : '-' });
    const bytes = Buffer.from(text);
    listed[name] = {
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      ...(item === undefined ? {} : { vantage: item.vantage, at }),
      ...(item?.caveat === undefined ? {} : { caveat: item.caveat }),
    };
  };
  for (const [name, entry] of evidence.items) {
    if (isItem(entry)) place(name, entry.text, entry);
    else if (isItemName(`${name}.error`)) place(`${name}.error`, reasonLine(entry));
    // Whatever was damaged stays known, also under a name that a framed document cannot hold.
    else if (entry.why === 'damaged') place('bundle.error', reasonLine(entry));
  }
  const manifest = {
    version: bundleVersion,
    ...(evidence.collectedAt === undefined ? {} : { collectedAt: evidence.collectedAt }),
    flow: evidence.flow,
    items: listed,
    notes: evidence.notes.filter(
      (note) => evidence.collectedAt === undefined || note !== judgedAsOf(evidence.collectedAt),
    ),
  };
  const own = { text: `${JSON.stringify(manifest, null, 1)}\n`, at: '-' };
  return frame([['bundle.json', own], ...files]);
}

function reasonLine({ why, detail }: Absence): string {
  return `${why}: ${detail}\n`;
}
