import { readFile, stat } from 'node:fs/promises';

/** Where the pages stand, seen from this module: in the source tree, in the bundled command line, in its chunks, in the library. */
const places = ['pages/', '../pages/', '../../pages/'];

/**
 * Reads the long form of a finding, as `dms-doctor explain CODE` prints it.
 *
 * @param code a code in upper or lower case; anything that has not the shape of a code is never made part of a path
 * @param from the URL that the pages are looked for from; the default is this module
 * @returns the page (Markdown), or undefined where there is none of that code
 * @throws where the package holds no pages at all, or a page cannot be read
 */
export async function readPage(code: string, from: string = import.meta.url): Promise<string | undefined> {
  const name = code.toUpperCase();
  if (!/^[A-Z]{2,4}[0-9]{3}$/.test(name)) return undefined;
  return textOf(new URL(`${name}.md`, await directory(from)));
}

async function directory(from: string): Promise<URL> {
  for (const place of places) {
    const url = new URL(place, from);
    if (await isDirectory(url)) return url;
  }
  throw new Error('the pages of the findings are missing from this installation of dms-doctor');
}

async function isDirectory(url: URL): Promise<boolean> {
  const found = await stat(url).catch(absent);
  return found !== undefined && found.isDirectory();
}

async function textOf(url: URL): Promise<string | undefined> {
  return readFile(url, 'utf8').catch(absent);
}

function absent(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
    return undefined;
  throw error;
}
