import { defineConfig } from 'vitest/config';

/** Tests of whole hosts: `npm test` runs them beside the lab's other tests, in an overlay of their own. */
const hosts = 'test/lab/{front-ends,story,walls}/**';

/** A property test's sample count is multiplied by SAMPLES; `.ci/run` sets it to 3. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.{cli,servers,lab}.test.ts'],
          pool: 'threads',
          isolate: false,
          testTimeout: 60_000,
        },
      },
      { test: { name: 'cli', include: ['test/**/*.cli.test.ts'], testTimeout: 60_000, hookTimeout: 120_000 } },
      {
        test: {
          name: 'servers',
          include: ['test/**/*.servers.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'lab',
          include: ['test/**/*.lab.test.ts'],
          exclude: [hosts],
          testTimeout: 600_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'lab-hosts',
          include: [`${hosts}/*.lab.test.ts`],
          testTimeout: 600_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
