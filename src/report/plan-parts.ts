import type { Step } from '../finding.ts';
import { plain } from './plain.ts';

/** Steps that follow one another at one place; a restart is a part of its own, so that it can wait for its hour. */
export type Part = {
  /** Where, and as whom: `the source host, as root`. */
  readonly place: string;
  readonly restarts: boolean;
  readonly steps: readonly { readonly number: number; readonly step: Step }[];
};

const places: Record<Step['where'], string> = {
  'source host': 'the source host, as root',
  standby: 'the standby',
  database: 'the database, as a superuser',
  AWS: 'AWS, with its command line',
  DMS: 'AWS, with its command line',
};

/** The steps of a plan by where they are carried out, in their order. */
export function partsOf(steps: readonly Step[]): Part[] {
  const parts: { place: string; restarts: boolean; steps: { number: number; step: Step }[] }[] = [];
  for (const [index, step] of steps.entries()) {
    const place = step.host === undefined ? places[step.where] : `${places[step.where]} ${plain(step.host)}, as root`;
    const restarts = step.effect === 'restart';
    const last = parts.at(-1);
    if (last !== undefined && last.place === place && last.restarts === restarts)
      last.steps.push({ number: index + 1, step });
    else parts.push({ place, restarts, steps: [{ number: index + 1, step }] });
  }
  return parts;
}

/** What a command leaves to a person to fill in: names that no evidence holds. */
export function placeholdersOf(step: Step): string[] {
  if (!('run' in step) || step.where === 'database') return [];
  return [
    ...new Set(step.run.match(/\b(?:PARAMETER_GROUP|INSTANCE|CLUSTER|MEMBER|RESOURCE|STANDBY|ENDPOINT_ARN)\b/g) ?? []),
  ];
}
