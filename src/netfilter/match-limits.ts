import type { ReadModule } from './match-reader.ts';
import { doubtful } from './program.ts';

/** Matches that depend on how often they were asked, or by whom before: true for some packets and false for others. */

export const limit: ReadModule = ({ options }) => {
  const rate = options.find(({ name }) => name === '--limit')?.args[0] ?? '3/hour';
  const burst = options.find(({ name }) => name === '--limit-burst')?.args[0] ?? '5';
  return doubtful(`rate limit of ${rate} with a burst of ${burst}`, 'rate-limit');
};

export const hashlimit: ReadModule = ({ options }) => {
  const rate = options.find(
    ({ name }) => name.startsWith('--hashlimit-upto') || name.startsWith('--hashlimit-above') || name === '--hashlimit',
  );
  const burst = options.find(({ name }) => name === '--hashlimit-burst')?.args[0] ?? '5';
  if (rate === undefined) return undefined;
  return doubtful(`rate limit of ${rate.args[0] ?? '?'} with a burst of ${burst}`, 'rate-limit');
};

export const connlimit: ReadModule = ({ options }) => {
  const above = options.find(({ name }) => name === '--connlimit-above');
  const upto = options.find(({ name }) => name === '--connlimit-upto');
  const bound = above ?? upto;
  const count = Number(bound?.args[0] ?? Number.NaN);
  if (bound === undefined || !Number.isInteger(count)) return undefined;
  const isAbove = (above !== undefined) !== bound.not;
  if (count === 0) return () => isAbove;
  return doubtful(`limit of ${count} connections at once`, 'rate-limit');
};

export const recent: ReadModule = ({ options }) => {
  const has = (name: string) => options.find((option) => option.name === name);
  const list = has('--name')?.args[0] ?? 'DEFAULT';
  const set = has('--set');
  if (set !== undefined) return () => !set.not;
  const check = has('--rcheck') ?? has('--update') ?? has('--remove');
  if (check === undefined) return undefined;
  const hits = has('--hitcount') ? ', seen too often' : '';
  return doubtful(
    `whether the address is on the list "${list}"${hits} at that moment`,
    has('--hitcount') ? 'rate-limit' : 'unknown',
  );
};
