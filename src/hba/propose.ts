import { formatBlock, parseBlock, type AddressBlock } from './address-set.ts';
import { widthOf } from './address.ts';
import type { ConnectionAttempt, ServerContext } from './connection.ts';
import { decide } from './decide.ts';
import type { HbaLine, HbaMethod, ParsedHba } from './line.ts';
import { matchedNames } from './match.ts';
import { versionRules } from './version-rules.ts';

/** Lines to put into a file. */
export type HbaEdit = {
  readonly file: string;
  /** 1-based number of the line before which they must stand; one more than the file has where that is its end. */
  readonly before: number;
  readonly lines: readonly string[];
};

const keywords: ReadonlySet<string> = new Set(['all', 'sameuser', 'samerole', 'samegroup', 'replication']);

/** A name as the server's tokens and keywords leave it alone; undefined where none can be written. */
function writtenName(name: string, regularExpressions: boolean): string | undefined {
  if (name === '' || /[\0\n\r]/.test(name)) return undefined;
  if (regularExpressions && name.startsWith('/')) {
    // Quotes do not keep a slash from beginning a regular expression, so that the name must be written as one.
    return `"/^${name.replace(/[!-/:-@[-^`{-~]/g, (special) => `\\${special}`).replaceAll('"', '""')}$"`;
  }
  if (/^[A-Za-z_][A-Za-z0-9_$.-]*$/.test(name) && !keywords.has(name)) return name;
  return `"${name.replaceAll('"', '""')}"`;
}

/** An address with its prefix length, which a line must have. */
function withPrefixLength(set: AddressBlock): string {
  const written = formatBlock(set);
  return written.includes('/') ? written : `${written}/${widthOf(set.family)}`;
}

/** The lines that catch the connection now, or may. */
function catching(hba: ParsedHba, attempt: ConnectionAttempt, context: ServerContext): Set<HbaLine> {
  const lines = new Set<HbaLine>();
  for (const decision of decide({ ...hba, problems: [], unknowns: [] }, attempt, context)) {
    const outcomes = decision.verdict === 'unknown' ? decision.candidates : [decision];
    for (const outcome of outcomes) if (outcome.verdict === 'line') lines.add(outcome.line);
  }
  return lines;
}

/**
 * The narrowest lines that let a connection in: one for each address, with its database, user and method, before the line that
 * catches it now, otherwise after the last line. Where only some of the addresses need one, pass only those.
 * @returns why where no line can be written for it
 */
export function proposeLine(
  hba: ParsedHba,
  attempt: ConnectionAttempt,
  context: ServerContext,
  method: HbaMethod,
): HbaEdit | { readonly impossible: string } {
  const rules = versionRules(context.version);
  const names = matchedNames(attempt, context.version);
  const database = names.byKeyword ? 'replication' : writtenName(names.database, rules.regularExpressions);
  const user = writtenName(names.user, rules.regularExpressions);
  if (database === undefined || user === undefined) {
    return { impossible: 'the name of the database or the user has characters that pg_hba.conf cannot hold' };
  }
  const type = attempt.tls ? 'hostssl' : 'host';
  const lines: string[] = [];
  for (const text of new Set(attempt.from)) {
    const set = parseBlock(text);
    if (!set) return { impossible: `"${text}" is neither an address nor a CIDR` };
    const fields = [type.padEnd(7), database.padEnd(15), user.padEnd(15), withPrefixLength(set).padEnd(23), method];
    lines.push(fields.join(' '));
  }
  const caught = catching(hba, attempt, context);
  const first = hba.lines.find((line) => caught.has(line));
  if (first) return { file: first.file, before: first.line, lines };
  // A backslash that ends the file would join the first of the lines to it.
  return { file: hba.main, before: hba.mainLines + 1, lines: hba.mainContinues ? ['', ...lines] : lines };
}
