import { expect, test } from 'vitest';
import { parseHba } from '../../src/hba/index.ts';
import { startServer } from '../servers/postgres.ts';
import { memoryFiles } from './memory-files.ts';

test.each([10, 13, 15, 16, 18])('PostgreSQL %i and a loop of @file', async (major) => {
  const tree = { 'pg_hba.conf': 'host all @words/loop all md5\n', 'words/loop': 'dms\n@loop\n' };
  const server = await startServer({ major, files: { 'pg_ident.conf': 'broken\n' } });
  try {
    for (const [path, text] of Object.entries(tree)) server.write(path, text);
    const from = server.log().length;
    server.signal('SIGHUP');
    const log = await server
      .logged(from, /pg_ident\.conf"? was not reloaded\n/)
      .catch((error: unknown) => String(error));
    const [problem] = parseHba(memoryFiles(server.data, tree), major * 10_000).problems;
    expect(problem?.endsServer ?? false).toBe(log.includes('has ended'));
    if (problem?.endsServer) expect(problem.why).toContain('exceeded maxAllocatedDescs');
    else expect(log).toContain(`LOG:  ${problem?.why}`);
  } finally {
    await server.stop();
  }
});
