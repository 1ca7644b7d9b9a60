import type { Cause, Explanation, Place } from './cause.ts';
import { clean } from './clean.ts';
import { clearedBy } from './cleared.ts';
import { namesProxy } from './context.ts';
import { details } from './details.ts';
import type { Match } from './match.ts';
import { matchEntry, standing } from './match.ts';
import type { Entry } from './record.ts';
import { readHead } from './record.ts';

type Row = {
  readonly cause: Cause;
  readonly matched: { line: number; text: string };
  readonly layers: readonly Place[];
  /** Whether a pooler, proxy or load balancer is named, so that nothing is proved about the way to the server. */
  readonly behindProxy: boolean;
  /** What the text says of the connection, in sentences; may be empty. */
  readonly details: string;
  readonly cleared: readonly Place[];
  /** Whether one of the phrases found speaks for itself; without one nothing is certain. */
  sure: boolean;
  count: number;
  firstSeen: string | null;
  lastSeen: string | null;
};

const shown = 400;
const remembered = 512;
/** Facts about the connection stand within so many characters of the error. */
const beside = 300;
const ofTheServer = /^(?:target|login|database|role|capacity|data|tls|pg-hba|listener|slots|senders|task)$/;

/** What was found so far: one row a cause, however often it came. */
export class Ledger {
  readonly #rows = new Map<string, Row>();
  /** What the last entries meant, by their text without the time: a log repeats itself. */
  readonly #seen = new Map<string, readonly Row[]>();

  /**
   * Reads one entry.
   *
   * @param raw the entry
   * @param line the line on which it begins, from 1
   * @param aboutDatabases whether what surrounds it is plainly about DMS or a database
   * @param anchored the anchors found in it, where it was searched for them before
   */
  enter(raw: string, line: number, aboutDatabases: boolean, anchored?: ReadonlySet<string>): void {
    const text = clean(raw);
    const head = readHead(text);
    const key = `${text.slice(head.body)} ${head.component ?? ''} ${aboutDatabases}`;
    let rows = this.#seen.get(key);
    if (rows === undefined) {
      const matches = matchEntry(text, aboutDatabases, anchored);
      rows = matches.map((match) => this.#row(match, text, line, head));
      if (this.#seen.size === remembered) this.#seen.clear();
      this.#seen.set(key, rows);
    }
    for (const row of rows) {
      row.count += 1;
      row.firstSeen ??= head.time;
      row.lastSeen = head.time ?? row.lastSeen;
    }
  }

  /** The row of a cause; what happens on the target is not what happens on the source. */
  #row(match: Match, text: string, line: number, head: Entry): Row {
    const atTarget = /^(?:TARGET|VALIDATOR_T)/.test(head.component ?? '');
    const key = `${match.cause.id} ${atTarget}`;
    const known = this.#rows.get(key);
    if (known !== undefined) {
      known.sure ||= match.sure;
      return known;
    }
    const row = newRow(match, text, line, atTarget);
    this.#rows.set(key, row);
    return row;
  }

  /** All rows as explanations: causes in the order of the text, then what followed from them, then wrappers. */
  explanations(): Explanation[] {
    const rows = [...this.#rows.values()];
    const best = Math.min(...rows.map(({ cause }) => standing(cause)));
    return rows
      .filter(({ cause }) => standing(cause) < 3 || best === 3)
      .toSorted((a, b) => standing(a.cause) - standing(b.cause))
      .map(explanation);
  }
}

function newRow(match: Match, text: string, line: number, atTarget: boolean): Row {
  const { cause } = match;
  const first = cause.layers[0];
  const others = cause.layers.filter((layer) => layer !== 'target');
  const layers: readonly Place[] =
    !atTarget || first === undefined
      ? cause.layers
      : ofTheServer.test(first)
        ? ['target', ...others]
        : [...others, 'target'];
  const behindProxy = namesProxy(text);
  const start = text.lastIndexOf('\n', match.start) + 1;
  const stop = text.indexOf('\n', match.start);
  const before = text.slice(0, start);
  return {
    cause,
    matched: {
      line: line + (before.match(/\n/g)?.length ?? 0),
      text: excerpt(text, start, stop < 0 ? text.length : stop, match),
    },
    layers,
    behindProxy,
    details: details(text.slice(Math.max(0, match.start - beside), match.end + beside)),
    cleared: atTarget || layers[0] === 'target' || behindProxy ? [] : clearedBy(cause.reached, layers),
    sure: match.sure,
    count: 0,
    firstSeen: null,
    lastSeen: null,
  };
}

/** The line in which the phrase begins, cut around it where it is long. */
function excerpt(text: string, start: number, stop: number, match: Match): string {
  if (stop - start <= shown) return text.slice(start, stop).trim();
  const from = Math.max(start, match.start - 100);
  return text.slice(from, Math.min(stop, from + shown)).trim();
}

const proxied =
  'A pooler, proxy or load balancer is named here: it may have answered in the place of the server, so nothing is proved open behind it.';

function explanation({
  cause,
  matched,
  layers,
  behindProxy,
  details: facts,
  sure,
  cleared,
  count,
  firstSeen,
  lastSeen,
}: Row): Explanation {
  const besides = behindProxy ? proxied : cause.notThis;
  return {
    id: cause.id,
    kind: 'cause',
    layer: layers[0] ?? null,
    layers,
    cleared,
    confidence: sure || cause.confidence !== 'certain' || cause.layers.length === 0 ? cause.confidence : 'likely',
    summary: cause.summary,
    cause: [facts, cause.cause, besides ?? ''].filter((one) => one !== '').join(' '),
    next: cause.confirmedBy === undefined ? cause.next : [...cause.next, remedy(cause.confirmedBy)],
    matched,
    count,
    firstSeen,
    lastSeen,
  };
}

/** Where `check` and `explain` meet: the finding that would confirm a cause has the remedy. */
function remedy(code: string): string {
  return `dms-doctor explain ${code}: the finding of check that would confirm this, with its remedy`;
}
