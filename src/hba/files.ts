/**
 * A file as it was found: its text under the name that findings should cite, or why it cannot be had.
 * `missing` is the operating system's text (`No such file or directory`, `Permission denied`).
 */
export type IncludedFile = { readonly name: string; readonly text: string } | { readonly missing: string };

/** Names of the entries of a directory that are not directories themselves, in any order, or why it cannot be read. */
export type IncludedDirectory = { readonly names: readonly string[] } | { readonly missing: string };

/** `pg_hba.conf` and the way to the files that it names. */
export type HbaFiles = {
  /** Name of `pg_hba.conf`. Where names are the server's own absolute paths, error texts are the server's to the letter. */
  readonly main: string;
  readonly text: string;
  /**
   * A file that `include`, `include_if_exists`, an entry of `include_dir` or `@` names.
   * @param path as written, or for an entry of `include_dir` that directory, a slash and the entry's name
   * @param fromFile the name of the file that names it: a relative path starts at its folder
   * @returns undefined where it was not gathered
   */
  include(path: string, fromFile: string): IncludedFile | undefined;
  /**
   * The directory that `include_dir` names; left out where no directory was gathered.
   * @returns undefined where it was not gathered
   */
  directory?(path: string, fromFile: string): IncludedDirectory | undefined;
};

/** The operating system's text for a file that is not there, which `include_if_exists` passes over. */
export const noSuchFile = 'No such file or directory';

/** The operating system's text for a directory that is read as a file; it can be opened, but not read. */
export const isDirectory = 'Is a directory';

/** Takes `.` and `..` and doubled slashes from a path (src/port/path.c `canonicalize_path`). */
function canonicalPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (part !== '..' || !path.startsWith('/')) parts.push(part);
  }
  return (path.startsWith('/') ? '/' : '') + parts.join('/');
}

/** Bytes of a path that is put together of two: the rest is cut off (pg_config_manual.h `MAXPGPATH`, less the end mark). */
const mostJoined = 1023;

/**
 * The path that a name in a file stands for: absolute paths as they are, others from the folder of the file that names them
 * (conffiles.c `AbsoluteConfigLocation`, path.c `join_path_components`).
 */
export function resolvedPath(path: string, fromFile: string): string {
  if (path.startsWith('/')) return path;
  const folderEnd = fromFile.lastIndexOf('/');
  const joined = folderEnd < 0 ? path : `${fromFile.slice(0, folderEnd)}/${path}`;
  return canonicalPath(Buffer.from(joined).subarray(0, mostJoined).toString());
}
