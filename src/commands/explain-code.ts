import { readPage } from '../findings/page.ts';
import type { Io } from './io.ts';

/** Whether a text is shaped like a finding's code: `SHW002`. */
export function looksLikeCode(text: string): boolean {
  return /^[A-Za-z]{2,3}\d{3}$/.test(text.trim());
}

/** Prints the long form of a finding's code. @returns false where there is none of that name */
export async function explainCode(code: string, io: Pick<Io, 'stdout'>): Promise<boolean> {
  const page = await readPage(code.trim());
  if (page === undefined) return false;
  io.stdout(page.endsWith('\n') ? page : `${page}\n`);
  return true;
}
