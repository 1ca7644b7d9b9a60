import { containsAddresses } from '../../netfilter/index.ts';
import type { Entry } from './shorewall-files.ts';
import type { Verdict } from './block.ts';

/** A flow as shorewall's files speak of it. */
export type ZoneFlow = {
  readonly from: readonly string[];
  readonly source: string;
  readonly target: string;
  readonly interface: string | undefined;
  readonly port: number;
  /** The words of the comment that the deciding rule bears: shorewall writes a macro's name there. */
  readonly comment: string | undefined;
};

/** `maybe`: it depends on what was not gathered (a variable, a set, a macro's text). */
export type Answer = 'yes' | 'maybe' | 'no';

const least = (answers: readonly Answer[]): Answer =>
  answers.includes('no') ? 'no' : answers.includes('maybe') ? 'maybe' : 'yes';

/** What an ACTION or POLICY column does with a packet that it matches: `DROP:info`, `ACCEPT+`, `SSH(ACCEPT)`. */
export function verdictOf(action: string): Verdict | undefined {
  const [, macro, parameter] = /^(\w+)\(([^)]*)\)/.exec(action) ?? [];
  const plain = /^(?:A_)?(ACCEPT|DROP|REJECT|BLACKLIST)\b/;
  const [, word] = plain.exec(action) ?? (macro === undefined ? [] : (plain.exec(parameter ?? '') ?? []));
  return word === 'BLACKLIST' ? 'DROP' : (word as Verdict | undefined);
}

/** Whether an entry of `rules` or `blrules` is about a flow (shorewall-rules(5)). */
export function isAbout({ columns }: Entry, flow: ZoneFlow): Answer {
  const [action = '', source = '-', target = '-', protocol = '-', ports = '-', sourcePorts = '-', ...more] = columns;
  const macro = /^(\w+)\(/.exec(action)?.[1];
  const named = macro === undefined || verdictOf(macro) !== undefined ? undefined : macro;
  return least([
    sideCovers(source, flow.source, flow),
    sideCovers(target, flow.target, undefined),
    // A macro brings its own protocol and ports, and shorewall comments its rules with its name.
    named === undefined ? 'yes' : flow.comment === named ? 'yes' : 'no',
    coversProtocol(protocol),
    coversPort(ports, flow.port),
    coversPort(sourcePorts, undefined),
    more.every((column) => column === '-') ? 'yes' : 'maybe',
  ]);
}

/** Whether a SOURCE or DEST column covers a zone, and the addresses of the flow in it. */
export function sideCovers(column: string, zone: string, flow: ZoneFlow | undefined): Answer {
  const colon = column.indexOf(':');
  const [zones, place] = colon < 0 ? [column, undefined] : [column.slice(0, colon), column.slice(colon + 1)];
  const [included = '', excluded = ''] = zones.split('!');
  const names = included.split(',').map((name) => (name === '$FW' ? 'fw' : name));
  if (excluded.split(',').includes(zone)) return 'no';
  if (!names.includes(zone) && !names.some((name) => /^(?:all|any|-)[+-]?$/.test(name))) {
    return names.some((name) => name.startsWith('$')) ? 'maybe' : 'no';
  }
  if (place === undefined) return 'yes';
  return flow === undefined ? 'maybe' : placeCovers(place, flow);
}

function placeCovers(place: string, flow: ZoneFlow): Answer {
  const [first = '', ...rest] = place.split(':');
  if (/^[a-z][\w.+-]*$/i.test(first)) {
    if (first !== flow.interface) return first.endsWith('+') ? 'maybe' : 'no';
    return rest.length === 0 ? 'yes' : placeCovers(rest.join(':'), flow);
  }
  const [included = '', excluded = ''] = place.replaceAll(/[[\]<>]/g, '').split('!');
  const known = (list: string) => list.split(',').filter((one) => /^[0-9a-f.:/-]+$/i.test(one));
  if (known(`${included},${excluded}`).length !== `${included},${excluded}`.split(',').filter(Boolean).length)
    return 'maybe';
  if (excluded !== '' && containsAddresses(known(excluded), flow.from)) return 'no';
  return included === '' || containsAddresses(known(included), flow.from) ? 'yes' : 'no';
}

function coversProtocol(column: string): Answer {
  const names = column.toLowerCase().split(',');
  if (names.some((name) => ['-', 'all', 'any', 'tcp', '6', 'tcp:syn'].includes(name))) return 'yes';
  return names.some((name) => /[$!]/.test(name)) ? 'maybe' : 'no';
}

/** `undefined`: the port that the client sends from, which may be any. */
function coversPort(column: string, port: number | undefined): Answer {
  if (column === '-') return 'yes';
  if (port === undefined || /[$!+=]/.test(column)) return 'maybe';
  return column.split(',').some((range) => {
    const [low = '', high = low] = range.split(/[:-]/).map((end) => (end === 'postgresql' ? '5432' : end));
    return Number(low || 0) <= port && port <= Number(high || 65535);
  })
    ? 'yes'
    : 'no';
}
