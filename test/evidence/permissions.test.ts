import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { documented, standsFor } from './documented-commands.ts';

const script = readFileSync('src/evidence/host-facts.sh', 'utf8').replaceAll(/\\\n\s*/g, '');

test('what the script asks of root is what docs/permissions.md says, and no more', () => {
  const asked = [...script.matchAll(/\b(?:rooted|refuse) ([a-z0-9-]+(?: [^|;&)\n]*)?)/g)].map(([, command = '']) =>
    command
      .replace(/ 2>.*$/, '')
      .replaceAll(/"?\$\([^"]*$/g, 'NAME')
      .replaceAll(/"\$[^"]*"|'[^']*'/g, 'NAME')
      .trim(),
  );
  expect(asked.length).toBeGreaterThan(20);
  for (const command of asked)
    expect(
      documented.some((one) => standsFor(one, command)),
      command,
    ).toBe(true);
  const tools = /^(?:ip6?tables)(?:-legacy|-nft)?-save -c$/;
  for (const one of documented)
    if (!tools.test(one))
      expect(
        asked.some((command) => standsFor(one, command)),
        one,
      ).toBe(true);
});
