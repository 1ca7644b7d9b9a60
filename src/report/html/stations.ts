import type { Status } from '../../finding.ts';
import type { Layer } from '../../layers.ts';
import { firewallLayers, groups } from '../../layers.ts';
import type { Report } from '../../report.ts';
import { listed } from '../page.ts';
import { endOf, startOf } from '../table.ts';

/** How the way into a station stands: passable, in doubt, or cut off by a wall before it. */
export type Way = 'open' | 'doubt' | 'cut';

/** A layer as the picture shows it. `behind`: a wall that only the simulation met. */
export type Station = { readonly layer: Layer; readonly status: Status; readonly behind: boolean; readonly way: Way };

/** Stations that belong to one owner. */
export type Lane = { readonly name: string; readonly stations: readonly Station[] };

/** What the picture is drawn of. Layers beside the path are no part of the way. */
export type Path = {
  readonly start: string;
  readonly lanes: readonly Lane[];
  readonly end: string;
  readonly beside: Lane;
};

const lanes: readonly (readonly [string, readonly Layer[]])[] = [
  ['AWS', ['endpoint', ...groups.aws]],
  ['Source host', [...firewallLayers, 'listener']],
  ['Session', groups.session],
  ['Replication', groups.replication],
];
const besides: readonly [string, readonly Layer[]] = ['Beside it', [...groups.readiness, 'target', 'task']];

/** The report's layers as stations: those that were not left out, and how far the way is open. */
export function pathOf(report: Report): Path {
  let way: Way = 'open';
  const stationsOf = (layers: readonly Layer[]) =>
    report.layers
      .filter(({ layer, reason }) => layers.includes(layer) && reason !== 'left-out')
      .map(({ layer, status }): Station => {
        const behind = status !== 'block' && report.blockedAt.includes(layer);
        const station = { layer, status, behind, way };
        if (status === 'block') way = 'cut';
        else if (status === 'unknown' && way === 'open') way = 'doubt';
        return station;
      });
  const drawn = lanes.map(([name, layers]) => ({ name, stations: stationsOf(layers) }));
  const beside = { name: besides[0], stations: stationsOf(besides[1]) };
  return {
    start: startOf(report),
    lanes: drawn.filter(({ stations }) => stations.length > 0),
    end: endOf(report),
    beside,
  };
}

const words: Readonly<Record<Status, string>> = {
  block: 'Blocks',
  unknown: 'Not known',
  warn: 'Warns',
  pass: 'Open',
  skip: 'Skipped',
};

/** The picture in words, for those who do not see it. */
export function pathWords({ lanes: drawn, beside }: Path): string {
  const stations = [...drawn, beside].flatMap((lane) => lane.stations);
  const sentences = Object.entries(words).flatMap(([status, word]) => {
    const names = stations.filter((station) => station.status === status).map(({ layer }) => layer);
    return names.length === 0 ? [] : [`${word}: ${listed(names)}.`];
  });
  const behind = stations.filter((station) => station.behind).map(({ layer }) => layer);
  return [...sentences, ...(behind.length === 0 ? [] : [`A wall behind the others: ${listed(behind)}.`])].join(' ');
}
