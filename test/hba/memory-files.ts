import { posix } from 'node:path';
import { noSuchFile, type HbaFiles } from '../../src/hba/files.ts';

/** Files below a folder, by their path from there; `pg_hba.conf` is the main one. */
export type FileTree = Readonly<Record<string, string>>;

/** {@link HbaFiles} over files in memory, under the absolute paths that a server would print, with the texts of a Linux for errors. */
export function memoryFiles(folder: string, tree: FileTree): HbaFiles {
  const byPath = new Map(Object.entries(tree).map(([path, text]) => [posix.join(folder, path), text]));
  const isFolder = (path: string): boolean => [...byPath.keys()].some((file) => file.startsWith(`${path}/`));
  // A server cuts what it joins at 1023 bytes.
  const resolve = (path: string, fromFile: string): string =>
    posix.isAbsolute(path) ? path : posix.resolve(`${posix.dirname(fromFile)}/${path}`.slice(0, 1023));
  const whyMissing = (path: string): string => {
    if (path.length >= 4096) return 'File name too long';
    let above = '';
    for (const part of path.split('/').slice(1)) {
      if (byPath.has(above)) return 'Not a directory';
      if (above.startsWith(folder) && !isFolder(above)) return noSuchFile;
      if (Buffer.byteLength(part) > 255) return 'File name too long';
      above = `${above}/${part}`;
    }
    return isFolder(path) ? 'Is a directory' : noSuchFile;
  };
  return {
    main: posix.join(folder, 'pg_hba.conf'),
    text: tree['pg_hba.conf'] ?? '',
    include(path, fromFile) {
      const name = resolve(path, fromFile);
      const text = byPath.get(name);
      return text === undefined ? { missing: whyMissing(name) } : { name, text };
    },
    directory(path, fromFile) {
      const name = resolve(path, fromFile);
      if (!isFolder(name)) return { missing: byPath.has(name) ? 'Not a directory' : whyMissing(name) };
      const files = [...byPath.keys()].filter((file) => posix.dirname(file) === name);
      return { names: files.map((file) => posix.basename(file)) };
    },
  };
}
