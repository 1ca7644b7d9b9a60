/** One log entry or one pasted paragraph: lines that belong together. */
export type Entry = {
  /** When it was written, as ISO 8601; null where it bears no time. */
  readonly time: string | null;
  /** The DMS component that wrote it, as far as it was printed (`SOURCE_CAPTURE`, `TARGET_APPLY`, `METADATA_MANAGE`). */
  readonly component: string | null;
  /** Where the text begins after the time; 0 where it bears none. */
  readonly body: number;
};

const quoteMarks = /^[ \t>|│╷╵┆┊*+-]{0,80}/;
const entryStart = new RegExp(
  `^(?:${[
    String.raw`(?:\d{9,14}[ \t,]{1,4})?(?:-?\d{1,20}: {0,4})?\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d`,
    String.raw`\[?[A-Z_]{3,16} {0,16}\]? {0,4}[EWITDV]:`,
    String.raw`[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d `,
    String.raw`\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}[ T]\d\d:\d\d`,
    String.raw`[{\[]?["'][A-Za-z_ ]{2,40}["'] ?: ?["'{\[\d]`,
    String.raw`[{\[] ?$`,
  ].join('|')})`,
);
const time = /(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.:,](\d{1,6}))?(Z| UTC| GMT|[+-]\d\d:?\d\d)?/;
const dms = /(?:\[|^|[ \d])(AT_GLOBAL|[A-Z]{2,12}(?:_[A-Z]{1,12}){0,3}) {0,16}\]? {0,4}[EWITDV]:/;

/** Whether a line begins a new entry. Blank lines end one. */
export function startsEntry(line: string): boolean {
  return entryStart.test(line.slice(0, 160).replace(quoteMarks, ''));
}

/** Whether nothing but white space, quote marks and frames stand in a line. */
export function isBlank(line: string): boolean {
  return line.length <= 80 && line.replace(quoteMarks, '').trim() === '';
}

/**
 * Reads the head of an entry.
 *
 * @param text the entry's text, cleaned
 * @returns when and by which component it was written. DMS logs in UTC, and its times are marked so; other
 *   times keep the zone that they were printed with, or none.
 */
export function readHead(text: string): Entry {
  const head = text.slice(0, 240);
  const when = time.exec(head);
  const who = dms.exec(head);
  return {
    time: when === null ? null : iso(when, who !== null),
    component: who?.[1] ?? null,
    body: when === null ? 0 : when.index + when[0].length,
  };
}

function iso(when: RegExpExecArray, utc: boolean): string {
  const [, day, clock, fraction, zone] = when;
  const suffix = zone === undefined ? (utc ? 'Z' : '') : zone.startsWith('+') || zone.startsWith('-') ? zone : 'Z';
  return `${day}T${clock}${fraction === undefined ? '' : `.${fraction}`}${suffix}`;
}
