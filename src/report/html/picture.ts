import type { Report } from '../../report.ts';
import type { Markup } from './markup.ts';
import { markup } from './markup.ts';
import { sign } from './signs.ts';
import type { Lane, Path, Station, Way } from './stations.ts';
import { pathOf, pathWords } from './stations.ts';

/** A station at its place. */
type Placed = Station & { readonly x: number; readonly y: number };

/**
 * The path as a picture, drawn twice, for wide and for narrow pages; the style shows one of them. Each is one image to
 * a screen reader, with the same facts in words.
 */
export function picture(report: Report): Markup {
  const path = pathOf(report);
  if (path.lanes.length === 0 && path.beside.stations.length === 0) return markup``;
  return markup`<div class="picture">\n${wide(path)}${narrow(path)}</div>\n`;
}

const page = { width: 960, left: 150, step: 116, start: 26, first: 92, lane: 76 };

/** One row a lane, the way running from the end of each to the beginning of the next. */
function wide(path: Path): Markup {
  const rows = path.lanes.map((lane, index) =>
    placed(lane, (at) => [page.left + at * page.step, page.first + index * page.lane]),
  );
  const endY = page.first + path.lanes.length * page.lane - 6;
  const besideY = endY + (path.lanes.length === 0 ? 0 : 74);
  const beside = placed(path.beside, (at) => [page.left + at * page.step, besideY]);
  const height = besideY + (beside.length === 0 ? -30 : 44);
  let from: { x: number; y: number } = { x: page.left, y: page.start };
  const ways = rows.flat().map((to) => {
    const straight = to.y === from.y ? `H${to.x}` : `V${to.y}`;
    const line = to.y === from.y || from.y === page.start ? `M${from.x} ${from.y}${straight}` : turn(from, to);
    from = to;
    return segment(to.way, line);
  });
  const last = rows.flat().at(-1);
  const end = { x: page.left, y: endY };
  return drawing('wide', path, page.width, height, [
    ...(last === undefined
      ? []
      : [...ways, segment(wayOut(last), turn(last, end)), ...ends(path, page.start, endY, page.left, 90)]),
    ...path.lanes.map(
      ({ name }, index) => markup`<text class="lane" x="0" y="${page.first + 5 + index * page.lane}">${name}</text>\n`,
    ),
    ...(beside.length === 0 ? [] : [markup`<text class="lane" x="0" y="${besideY + 5}">${path.beside.name}</text>\n`]),
    ...[...rows.flat(), ...beside].map(
      (station) =>
        markup`${sign(station, station.x, station.y)}<text class="${nameClass(station)}" x="${station.x}" y="${station.y + 28}" text-anchor="middle">${station.layer}</text>\n`,
    ),
  ]);
}

/** A little further right, down between the rows, back to the left edge and into the next row. */
function turn(from: { x: number; y: number }, to: { x: number; y: number }): string {
  const right = from.x + 56;
  const middle = from.y + 46;
  const edge = page.left - 34;
  return `M${from.x} ${from.y}H${right - 10}q10 0 10 10V${middle - 10}q0 10 -10 10H${edge + 10}q-10 0 -10 10V${to.y - 10}q0 10 10 10H${to.x}`;
}

const strip = { width: 340, x: 20, row: 30 };

/** One row a station, from top to bottom. */
function narrow(path: Path): Markup {
  let y = 20;
  const titles: Markup[] = [];
  const rowsOf = (lane: Lane) => {
    y += 34;
    titles.push(markup`<text class="lane" x="${strip.width}" y="${y + 5}" text-anchor="end">${lane.name}</text>\n`);
    y -= strip.row;
    return placed(lane, () => [strip.x, (y += strip.row)]);
  };
  const rows = path.lanes.map(rowsOf);
  const last = rows.flat().at(-1);
  const endY = last === undefined ? y : (y += 40);
  const beside = path.beside.stations.length === 0 ? [] : rowsOf(path.beside);
  let from = 20;
  const ways = rows.flat().map((to) => {
    const line = `M${strip.x} ${from}V${to.y}`;
    from = to.y;
    return segment(to.way, line);
  });
  return drawing('narrow', path, strip.width, y + 20, [
    ...(last === undefined
      ? []
      : [...ways, segment(wayOut(last), `M${strip.x} ${last.y}V${endY}`), ...ends(path, 20, endY, strip.x, 38)]),
    ...titles,
    ...[...rows.flat(), ...beside].map(
      (station) =>
        markup`${sign(station, station.x, station.y)}<text class="${nameClass(station)}" x="${strip.x + 24}" y="${station.y + 5}">${station.layer}</text>\n`,
    ),
  ]);
}

function placed(lane: Lane, at: (index: number) => [number, number]): Placed[] {
  return lane.stations.map((station, index) => {
    const [x, y] = at(index);
    return { ...station, x, y };
  });
}

function wayOut({ status, way }: Station): Way {
  if (status === 'block' || way === 'cut') return 'cut';
  return status === 'unknown' || way === 'doubt' ? 'doubt' : 'open';
}

function segment(way: Way, line: string): Markup {
  return markup`<path class="way ${way}" d="${line}"/>\n`;
}

function ends({ start, end }: Path, startY: number, endY: number, x: number, room: number): Markup[] {
  return [start, end].map((name, index) => {
    const y = index === 0 ? startY : endY;
    return markup`<circle class="end" cx="${x}" cy="${y}" r="7"/><text class="end" x="${x + 18}" y="${y + 5}">${cut(name, room)}</text>\n`;
  });
}

/** An image does not wrap; the page says the whole name elsewhere. */
function cut(name: string, room: number): string {
  return name.length <= room ? name : `${name.slice(0, room - 1)}…`;
}

function nameClass({ status, behind }: Station): string {
  return `name ${behind ? 'behind' : status}`;
}

function drawing(kind: string, path: Path, width: number, height: number, content: readonly Markup[]): Markup {
  return markup`<svg class="${kind}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${kind}-title ${kind}-words">
<title id="${kind}-title">The path from the ${path.start} to the ${path.end}</title>
<desc id="${kind}-words">${pathWords(path)}</desc>
${content}</svg>
`;
}
