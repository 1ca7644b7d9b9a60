import type { Status } from '../finding.ts';

/** Puts a look on text. It may add escape sequences, and nothing that takes room. */
export type Paint = (text: string) => string;

/** The looks of a report: basic colours only, so that dark and light terminals both show them in their own shades. */
export type Style = {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly red: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
  readonly cyan: Paint;
};

const same: Paint = (text) => text;

/** No looks at all: a file, a pipe, NO_COLOR. */
export const noStyle: Style = { bold: same, dim: same, red: same, green: same, yellow: same, cyan: same };

/** The colour of a status. It is never the only sign: each status has a mark of its own. */
export function paintOf(style: Style, status: Status): Paint {
  const paints = { block: style.red, unknown: style.yellow, warn: style.yellow, pass: style.green, skip: style.dim };
  return paints[status];
}
