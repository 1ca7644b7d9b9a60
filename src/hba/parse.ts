import type { HbaFiles } from './files.ts';
import type { HbaLine, HbaProblem, HbaUnknown, ParsedHba } from './line.ts';
import { parseLine, type HbaSettings } from './parse-line.ts';
import { tokenizeFiles } from './tokenize.ts';
import { versionRules } from './version-rules.ts';

/** So many errors are reported; a file that has more is no hba file. */
const mostProblems = 1000;

/**
 * Reads `pg_hba.conf` as a server of this version does when it loads it (hba.c `load_hba`).
 *
 * One line that does not parse, or a file without lines, and the server refuses the whole file: it does not start with it, and a
 * reload keeps the rules that it had. All such lines are returned, up to the thousandth.
 * @param serverVersion `server_version_num`: 90624 for 9.6.24, 130023 for 13.23
 * @param settings what is known of the server's settings and build
 */
export function parseHba(files: HbaFiles, serverVersion: number, settings: HbaSettings = {}): ParsedHba {
  const rules = versionRules(serverVersion);
  const lines: HbaLine[] = [];
  const problems: HbaProblem[] = [];
  const unknowns: HbaUnknown[] = [];
  for (const tokenized of tokenizeFiles(files, rules)) {
    if (problems.length >= mostProblems) break;
    const { file, line, text } = tokenized;
    if (tokenized.unknown !== undefined) {
      unknowns.push({ file, line, text, why: tokenized.unknown });
    } else if (tokenized.error !== undefined) {
      const { error, errorInView: inView, endsServer } = tokenized;
      const more = { ...(inView === undefined ? {} : { inView }), ...(endsServer ? { endsServer } : {}) };
      problems.push({ file, line, text, why: error, ...more });
    } else {
      const verdict = parseLine(tokenized, rules, settings);
      const { unknown } = verdict;
      if (verdict.line) lines.push(verdict.line);
      if (verdict.line && unknown !== undefined) unknowns.push({ file, line, text, why: unknown });
      if (verdict.refusal) {
        problems.push({
          file,
          line,
          text,
          ...verdict.refusal,
          ...(unknown === undefined ? {} : { orEarlier: unknown }),
        });
      }
    }
  }
  if (lines.length === 0 && problems.length === 0 && unknowns.length === 0) {
    const why = `configuration file "${files.main}" contains no entries`;
    problems.push({ file: files.main, line: 0, text: '', why, inView: null });
  }
  const written = files.text.endsWith('\n') ? files.text.slice(0, -1) : files.text;
  const mainLines = files.text === '' ? 0 : written.split('\n').length;
  const mainContinues = rules.continuation && /\\\r*$/.test(written.slice(written.lastIndexOf('\n') + 1));
  return { version: serverVersion, main: files.main, mainLines, mainContinues, lines, problems, unknowns };
}
