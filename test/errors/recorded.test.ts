import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { explainText } from '../../src/errors/explainer.ts';
import { firewallLayers } from '../../src/layers.ts';

type Recorded = { broken: string; how: string; server: number | null; client: string; text: string };

const recorded = readFileSync(new URL('../../fixtures/errors/recorded.jsonl', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as Recorded);

/** How DMS prints what the driver said. */
function throughDms(text: string): string {
  return `Test Endpoint failed: Application-Status: 1020912, Application-Message: Failed to connect Network error has occurred, Application-Detailed-Message: RetCode: SQL_ERROR  SqlState: 08001 NativeError: 101 Message: [unixODBC]${text.replace(/^\[\w+\]/, '')}`;
}

/** What `network` stands for. */
const network = new Set<string>(['route', 'security-group', 'network-acl', ...firewallLayers]);

const forms: readonly (readonly [string, (text: string) => string])[] = [
  ['as printed', (text) => text],
  ['inside the message of DMS', throughDms],
];

describe.each(forms)('what the real clients print when a layer is broken, %s', (_name, form) => {
  it.each(
    recorded.map(
      (one) =>
        [
          `${one.broken}: ${one.how}, ${one.client}${one.server === null ? '' : `, PostgreSQL ${one.server}`}`,
          one,
        ] as const,
    ),
  )('%s', (_title, { broken, text }) => {
    const [first] = explainText(form(text));
    expect(first, text).toBeDefined();
    if (first === undefined) return;
    const named = first.layers.flatMap((layer): string[] => (layer === 'network' ? [layer, ...network] : [layer]));
    if (first.confidence === 'certain') expect(first.layer, text).toBe(broken);
    else expect(named, text).toContain(broken);
    expect(first.cleared, text).not.toContain(broken);
  });

  it('names the broken layer first in nine of ten', () => {
    const right = recorded.filter(({ broken, text }) => {
      const layer = explainText(form(text))[0]?.layer ?? 'none';
      return layer === broken || (layer === 'network' && network.has(broken));
    });
    console.log(`recorded: ${recorded.length} texts, ${right.length} with the broken layer first`);
    expect(right.length / recorded.length).toBeGreaterThanOrEqual(0.85);
  });
});
