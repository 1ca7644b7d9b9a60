import type { ConnectionAttempt } from '../hba/index.ts';
import { decide, parseHba } from '../hba/index.ts';
import type { HbaReader, HbaSeen } from './hba-files.ts';
import { contextOf, filesOf, settingsOf } from './hba-files.ts';

/** `server_version_num` of the cluster, from the session or from the data directory; undefined where neither was seen. */
export function serverVersion(e: HbaSeen): number | undefined {
  const server = e.maybe('postgres/server.json');
  if (server !== undefined) return server.server_version_num;
  const major = Number(e.maybe('host/clusters.json')?.find((one) => one.port === e.flow.port)?.version);
  if (Number.isFinite(major)) return major >= 10 ? Math.trunc(major) * 10_000 : beforeTen(major);
  return undefined;
}

/** The newest minor release of each major version whose rules differ in what a file means. */
const versions = [
  90_426, 90_525, 90_624, 100_023, 110_022, 120_022, 130_023, 140_000, 150_000, 160_000, 170_000, 180_000,
];

/**
 * A version whose reading every other that takes the file agrees with; ends the probe where they differ, since the file
 * then means different things to different servers.
 */
export function agreedVersion(e: HbaReader, text: string, attempts: readonly ConnectionAttempt[]): number {
  const readings = versions.flatMap((version) => {
    const hba = parseHba(filesOf(e, text), version, settingsOf(e));
    if (hba.problems.length > 0 || hba.unknowns.length > 0) return [];
    const outcomes = attempts.flatMap((attempt) => decide(hba, attempt, contextOf(e, hba, version)));
    const said = outcomes.map((one) =>
      [one.verdict, 'line' in one ? `${one.line?.file}:${one.line?.line}` : '', ...one.from].join(' '),
    );
    return [{ version, said: said.join('\n') }];
  });
  const newest = readings.at(-1);
  const agreed = newest !== undefined && readings.every(({ said }) => said === newest.said);
  return agreed ? newest.version : e.need('postgres/server.json').server_version_num;
}

/** 9.6 is 90600: up to 9.6 the second number was part of the major version. */
function beforeTen(major: number): number {
  return Math.trunc(major) * 10_000 + Math.round((major % 1) * 10) * 100;
}
