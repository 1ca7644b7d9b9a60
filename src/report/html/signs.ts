import type { Status } from '../../finding.ts';
import type { Markup } from './markup.ts';
import { markup } from './markup.ts';

/** What each sign is made of, around the origin. The shapes differ, so that no colour is needed to tell them apart. */
const shapes: Readonly<Record<Status, Markup>> = {
  pass: markup`<circle r="9"/><path class="stroke" d="M-4 .5L-1 3.5L4.5 -3"/>`,
  warn: markup`<path d="M0 -10L10.5 8.5H-10.5Z"/><path class="stroke" d="M0 -4V2.5M0 5.4V5.6"/>`,
  block: markup`<path d="M-5 -12H5L12 -5V5L5 12H-5L-12 5V-5Z"/><path class="stroke" d="M-4.5 -4.5L4.5 4.5M4.5 -4.5L-4.5 4.5"/>`,
  unknown: markup`<path d="M0 -12L12 0L0 12L-12 0Z"/><path class="stroke" d="M-2.8 -2.6a2.8 2.6 0 1 1 4 2.6q-1.2 .6 -1.2 2M0 5.2V5.4"/>`,
  skip: markup`<circle r="4.5"/>`,
};

/** The sign of a status in the picture. A wall behind others has the wall's shape, not filled. */
export function sign({ status, behind }: { status: Status; behind: boolean }, x: number, y: number): Markup {
  return markup`<g class="sign ${behind ? 'behind' : status}" transform="translate(${x} ${y})">${behind ? shapes.block : shapes[status]}</g>`;
}

/** The sign of a status in running text, where the word beside it says the same. */
export function inlineSign(status: Status): Markup {
  return markup`<svg class="inline" viewBox="-13 -13 26 26" aria-hidden="true"><g class="sign ${status}">${shapes[status]}</g></svg>`;
}
