import { isDirectory, noSuchFile, resolvedPath, type HbaFiles, type IncludedFile } from './files.ts';
import { logicalLines } from './logical-lines.ts';
import { nextToken, type HbaToken } from './token.ts';
import type { VersionRules } from './version-rules.ts';

/** A line cut into fields, each of them the words of a comma list; or why that cannot be done. */
export type TokenizedLine = {
  readonly file: string;
  /** 1-based number of its first line in the file. */
  readonly line: number;
  readonly height: number;
  /** The line, continuations joined. */
  readonly text: string;
  readonly fields: readonly (readonly HbaToken[])[];
  /** The server's own words: the line is an error. */
  readonly error?: string;
  /** The words of `pg_hba_file_rules` for it, where they differ. */
  readonly errorInView?: string;
  /** With an error: a reload does not refuse the file but ends the server, and it does not start with it. */
  readonly endsServer?: true;
  /** It cannot be known what stands here: a file that was not gathered, or more than is judged. */
  readonly unknown?: string;
};

/** More than any real file needs; a file beyond it is not judged, so that a hostile one ends soon. */
const limits = { characters: 4_000_000, tokens: 300_000, includes: 20_000, depthWithoutLimit: 200 } as const;

const tooManyWords = `more than ${limits.tokens} words: the rest is not judged`;

/** Deepest nesting from 16 on (src/include/utils/conffiles.h `CONF_FILE_MAX_DEPTH`). */
const maximumDepth = 10;

/** A file, the server's words against it (and whether it got as far as to read it), or what is not known of it. */
type Opened =
  | { name: string; text: string }
  | { error: string; opened: boolean; absent?: boolean; endsServer?: true }
  | { unknown: string };

/** Why a line is no line: parts of {@link TokenizedLine}. */
type Trouble = { readonly error: string; readonly endsServer?: true } | { readonly unknown: string };

/** Cuts a file and all that it includes into lines and fields (hba.c `tokenize_auth_file`). */
class Tokenizer {
  #files: HbaFiles;
  #rules: VersionRules;
  #characters = 0;
  #tokens = 0;
  #includes = 0;
  #opened: string[] = [];

  constructor(files: HbaFiles, rules: VersionRules) {
    this.#files = files;
    this.#rules = rules;
  }

  /** Lines of one file, those of its include records in their place. */
  *file(name: string, text: string): Generator<TokenizedLine> {
    this.#characters += text.length;
    if (this.#characters > limits.characters) {
      const unknown = `more than ${limits.characters} characters: the rest is not judged`;
      yield { file: name, line: 1, height: 1, text: '', fields: [], unknown };
      return;
    }
    this.#opened.push(name);
    try {
      for (const line of logicalLines(text, this.#rules)) {
        const here = { file: name, line: line.number, height: line.height, text: line.text };
        const read = line.tooLong ? this.#longLine : this.#fields(line.text, name);
        if (!Array.isArray(read)) {
          yield { ...here, fields: [], ...read };
          if (this.#tokens > limits.tokens) return;
        } else if (read.length > 0) {
          yield* this.#record({ ...here, fields: read }) ?? [{ ...here, fields: read }];
        }
      }
    } finally {
      this.#opened.pop();
    }
  }

  get #longLine(): Trouble {
    const error = 'authentication file line too long';
    return this.#rules.longLine === 'ends the server' ? { error, endsServer: true } : { error };
  }

  #fields(line: string, file: string): HbaToken[][] | Trouble {
    const fields: HbaToken[][] = [];
    let at = 0;
    while (at < line.length) {
      const field: HbaToken[] = [];
      let comma = true;
      while (comma) {
        const read = nextToken(line, at, this.#rules.tokenBuffer);
        at = read.end;
        comma = read.comma;
        if (read.tooLong && this.#rules.longToken === 'error') return { error: 'authentication file token too long' };
        if (!read.token) break;
        if (++this.#tokens > limits.tokens) return { unknown: tooManyWords };
        const isFile = !read.token.quoted && read.token.text.length > 1 && read.token.text.startsWith('@');
        const tokens = isFile ? this.#atFile(read.token.text.slice(1), file) : [read.token];
        if (!Array.isArray(tokens)) return tokens;
        for (const token of tokens) field.push(token);
      }
      if (field.length > 0) fields.push(field);
    }
    return fields;
  }

  /** Opens a file that another names; the error is the server's, the unknown is ours. */
  #open(path: string, fromFile: string): Opened {
    const resolved = resolvedPath(path, fromFile);
    if (++this.#includes > limits.includes) return { unknown: `more than ${limits.includes} files are included` };
    if (this.#rules.includeRecords && this.#opened.length > maximumDepth) {
      return { error: `could not open file "${resolved}": maximum nesting depth exceeded`, opened: false };
    }
    if (this.#opened.length > limits.depthWithoutLimit) {
      return { unknown: `files include each other more than ${limits.depthWithoutLimit} deep, in a loop or not` };
    }
    const found: IncludedFile | undefined = this.#files.include(path, fromFile);
    if (found === undefined) return { unknown: `"${resolved}" was not gathered` };
    if ('text' in found) {
      if (this.#rules.includeRecords || !this.#opened.includes(found.name)) return found;
      // Without a limit of depth a loop ends when there are no more file descriptors, and the server with it.
      const error = `exceeded maxAllocatedDescs while trying to open file "${resolved}"`;
      return { error, opened: true, endsServer: true };
    }
    if (found.missing === isDirectory) {
      if (this.#rules.directoryAsFile === 'no lines') return { name: resolved, text: '' };
      return { error: `could not read file "${resolved}": ${isDirectory}`, opened: true };
    }
    return {
      error: `could not open file "${resolved}": ${found.missing}`,
      opened: false,
      absent: found.missing === noSuchFile,
    };
  }

  #atFile(path: string, fromFile: string): HbaToken[] | Trouble {
    const opened = this.#open(path, fromFile);
    if ('unknown' in opened) return opened;
    if ('error' in opened) {
      if (this.#rules.includeRecords || opened.opened) return opened;
      if (this.#rules.unreadableAtFile === 'no words') return [];
      const reason = opened.error.slice(opened.error.lastIndexOf('": ') + 3);
      const resolved = resolvedPath(path, fromFile);
      return { error: `could not open secondary authentication file "@${path}" as "${resolved}": ${reason}` };
    }
    const tokens: HbaToken[] = [];
    for (const line of this.file(opened.name, opened.text)) {
      const { error, endsServer, unknown } = line;
      if (unknown !== undefined) return { unknown };
      if (error !== undefined) return endsServer ? { error, endsServer } : { error };
      for (const field of line.fields) for (const token of field) tokens.push(token);
      this.#tokens += line.fields.length;
      if (this.#tokens > limits.tokens) return { unknown: tooManyWords };
    }
    return tokens;
  }

  /** The lines that an include record stands for; undefined where the line is none. */
  #record(line: TokenizedLine): Generator<TokenizedLine> | undefined {
    const [kind, path] = line.fields.map((field) => field[0]!.text);
    if (!this.#rules.includeRecords || line.fields.length !== 2 || path === undefined) return undefined;
    switch (kind) {
      case 'include':
        return this.#include(line, path, false);
      case 'include_if_exists':
        return this.#include(line, path, true);
      case 'include_dir':
        return this.#includeDirectory(line, path);
      default:
        return undefined;
    }
  }

  *#include(line: TokenizedLine, path: string, mayBeMissing: boolean): Generator<TokenizedLine> {
    const opened = this.#open(path, line.file);
    if ('unknown' in opened) yield { ...line, unknown: opened.unknown };
    else if ('text' in opened) yield* this.file(opened.name, opened.text);
    else if (!mayBeMissing || !opened.absent) yield { ...line, error: opened.error };
  }

  /** Entries whose names end in `.conf` and do not begin with a dot, in the order of their bytes (conffiles.c `GetConfFilesInDir`). */
  *#includeDirectory(line: TokenizedLine, path: string): Generator<TokenizedLine> {
    if (/^[ \t\r\n]*$/.test(path)) {
      const error = 'empty configuration directory name';
      yield { ...line, error: `${error}: "${path}"`, errorInView: error };
      return;
    }
    const resolved = resolvedPath(path, line.file);
    const directory = this.#files.directory?.(path, line.file);
    if (directory === undefined) {
      yield { ...line, unknown: `the directory "${resolved}" was not gathered` };
      return;
    }
    if ('missing' in directory) {
      const error = `could not open configuration directory "${resolved}": ${directory.missing}`;
      yield { ...line, error, errorInView: `could not open directory "${resolved}"` };
      return;
    }
    const names = directory.names.filter((name) => name.length > 5 && !name.startsWith('.') && name.endsWith('.conf'));
    const errors: string[] = [];
    let error: string | undefined;
    for (const name of names.sort(byBytes)) {
      const opened = this.#open(`${path.replace(/\/+$/, '')}/${name}`, line.file);
      if ('unknown' in opened) yield { ...line, unknown: opened.unknown };
      else if ('text' in opened) yield* this.file(opened.name, opened.text);
      else error = opened.error;
      // The server does not clear the error of one entry before it opens the next.
      if (error !== undefined) errors.push(error);
    }
    if (errors.length > 0) yield { ...line, error: errors.join('\n') };
  }
}

/** Orders names as `strcmp` does: by the bytes of their UTF-8, which is the order of their code points. */
function byBytes(one: string, other: string): number {
  const left = [...one];
  const right = [...other];
  for (let at = 0; at < left.length && at < right.length; at++) {
    const difference = left[at]!.codePointAt(0)! - right[at]!.codePointAt(0)!;
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/**
 * All lines of `pg_hba.conf` and its includes that are not empty, cut into fields, in the order in which the server reads them.
 * Comments are gone; lines that are errors hold the server's words.
 */
export function tokenizeFiles(files: HbaFiles, rules: VersionRules): Generator<TokenizedLine> {
  return new Tokenizer(files, rules).file(files.main, files.text);
}
