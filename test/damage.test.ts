import { describe, expect, test } from 'vitest';
import { check } from '../src/check.ts';
import { BundleError } from '../src/evidence/manifest.ts';
import { exitCode } from '../src/exit-code.ts';
import type { Report } from '../src/report.ts';
import { evidenceFrom, filesOf, withFile } from './support/bundles.ts';
import type { Files } from './support/bundles.ts';

type Outcome = { exit: number; layers: Map<string, string>; checked: Pick<Report, 'findings'> | undefined };

function judged(files: Files): Outcome {
  try {
    const checked = check(evidenceFrom(files));
    return {
      exit: exitCode(checked),
      layers: new Map(checked.layers.map(({ layer, status }) => [layer, status])),
      checked,
    };
  } catch (error) {
    if (error instanceof BundleError) return { exit: 2, layers: new Map(), checked: undefined };
    throw error;
  }
}

const noise = Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 7919 + 13) % 256));
const damages: Record<string, (bytes: Uint8Array) => Uint8Array | undefined> = {
  absent: () => undefined,
  empty: () => Buffer.alloc(0),
  'cut in half': (bytes) => bytes.subarray(0, Math.floor(bytes.length / 2)),
  'replaced by noise': () => noise,
};

describe.each(['legacy-host', 'legacy-host-fixed'])('every file of %s, damaged in every way', (bundle) => {
  const files = filesOf(bundle);
  const whole = judged(files);

  test.each(Object.keys(damages))('%s: nothing turns to pass, what depends on it is unknown and names it', (damage) => {
    for (const [name, { bytes }] of files) {
      const damaged = damages[damage]!(bytes);
      if (damaged !== undefined && Buffer.compare(damaged, bytes) === 0) continue;
      const { exit, layers, checked } = judged(withFile(files, name, damaged));
      expect(exit, `${name} ${damage}`).not.toBe(0);
      for (const [layer, status] of layers) {
        const before = whole.layers.get(layer);
        if (status === before) continue;
        const unknowns =
          checked?.findings.filter((finding) => finding.layer === layer && finding.status === 'unknown') ?? [];
        expect(status, `${layer} when ${name} is ${damage}`).toBe('unknown');
        const words = unknowns.map(({ summary, detail }) => summary + detail).join('\n');
        expect(words, `${layer} names the file`).toContain(name.replace(/\.error$/, ''));
      }
    }
  });

  test('a file without checksums is noticed by its own format where a layer rests on it', () => {
    const manifest = JSON.parse(Buffer.from(files.get('bundle.json')!.bytes).toString()) as { items?: unknown };
    delete manifest.items;
    const unchecked = withFile(files, 'bundle.json', Buffer.from(JSON.stringify(manifest)));
    const before = judged(unchecked);
    expect(before.layers).toEqual(whole.layers);
    for (const [name, { bytes }] of unchecked)
      for (const [damage, apply] of Object.entries(damages)) {
        const { layers } = judged(withFile(unchecked, name, apply(bytes)));
        for (const [layer, status] of layers)
          if (status === 'pass')
            expect(before.layers.get(layer), `${layer} when ${name} is ${damage}, without checksums`).toBe('pass');
      }
  });
});

describe('what a pass rests on', () => {
  const files = filesOf('legacy-host-fixed');
  const whole = judged(files);

  test('every layer that passes stops passing when some one file is taken away', () => {
    const fallen = new Set<string>();
    for (const name of files.keys()) {
      const { layers } = judged(withFile(files, name, undefined));
      for (const [layer, status] of whole.layers)
        if (status === 'pass' && layers.get(layer) !== 'pass') fallen.add(layer);
    }
    const passing = [...whole.layers].filter(([, status]) => status === 'pass').map(([layer]) => layer);
    expect(passing.length).toBeGreaterThan(15);
    expect(passing.filter((layer) => !fallen.has(layer))).toEqual([]);
  });

  test.each(['legacy-host', 'legacy-host-fixed'])('with bundle.json of %s alone nothing but dns passes', (bundle) => {
    const alone = new Map([['bundle.json', filesOf(bundle).get('bundle.json')!]]);
    const { layers, exit } = judged(alone);
    expect([...layers].filter(([, status]) => status === 'pass')).toEqual([['dns', 'pass']]);
    expect(exit).toBe(3);
  });
});
