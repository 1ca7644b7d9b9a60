import type { Layer } from '../layers.ts';
import type { Report } from '../report.ts';
import { counted, listed } from './page.ts';

/** The answer in one sentence, with the scope where there is one. */
export function verdictWords(report: Report): string {
  const { verdict, blockedAt, layers, scope } = report;
  const unknown = unknownLayers(report);
  const warn = layers.filter(({ status }) => status === 'warn').length;
  const also = unknown.length === 0 ? '' : `; not known: ${listed(unknown)}`;
  const within = scope === null ? '' : ' Only the layers that were asked for were judged.';
  if (verdict === 'blocked')
    return `Blocked by ${counted(blockedAt.length, 'wall')}: ${listed(blockedAt)}${also}.${within}`;
  if (verdict === 'open') return `Open${warn === 0 ? '' : `, with warnings in ${counted(warn, 'layer')}`}.${within}`;
  if (unknown.length === 0) return `Undetermined: nothing was judged.${within}`;
  return `Undetermined: nothing that was seen blocks, but ${counted(unknown.length, 'layer')} could not be judged: ${listed(unknown)}.${within}`;
}

/** Walls that nobody meets before others are open: only the simulation saw them. Empty where there are none. */
export function behindWords({ blockedAt, layers }: Report): string {
  const hidden = blockedAt.filter((name) => !layers.some(({ layer, status }) => layer === name && status === 'block'));
  return hidden.length === 0 ? '' : `Behind the others, as the simulation shows: ${listed(hidden)}.`;
}

/** What the simulation saw after the plan's steps. */
export function simulationWords(report: Report): string {
  const { plan, scope, findings } = report;
  const { steps, opens, stuck } = plan;
  const after = `after ${steps.length === 1 ? 'this step' : `these ${steps.length} steps`}`;
  if (opens)
    return `In simulation ${scope === null ? 'the whole path' : 'every layer that was asked for'} is open ${after}.`;
  const layer = findings.find(({ code }) => code === stuck)?.layer;
  const wall = stuck === undefined ? 'something' : layer === undefined ? stuck : `${layer} (${stuck})`;
  if (steps.length === 0) return `No step is known here that opens ${stuck === undefined ? 'the path' : wall}.`;
  if (stuck !== undefined) return `In simulation ${wall} still blocks ${after}.`;
  const unknown = unknownLayers(report);
  const why = unknown.length === 0 ? 'part of the path' : listed(unknown);
  return `In simulation nothing blocks ${after}, but that the path opens is not shown; not known: ${why}.`;
}

function unknownLayers({ layers }: Report): Layer[] {
  return layers.filter(({ status }) => status === 'unknown').map(({ layer }) => layer);
}
