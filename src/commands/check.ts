import type { Evidence } from '../evidence/item.ts';
import { anythingToJudge, check } from '../check.ts';
import { readBundle } from '../evidence/bundle.ts';
import { BundleError } from '../evidence/manifest.ts';
import { evidenceOf } from '../evidence/evidence-of.ts';
import type { FailOn } from '../exit-code.ts';
import { exitCode, exitCodes } from '../exit-code.ts';
import type { Flow } from '../flow.ts';
import type { Layer } from '../layers.ts';
import { renderReport } from '../report/index.ts';
import type { ReportFormat } from '../report/index.ts';
import { noStyle } from '../report/style.ts';
import type { Report } from '../report.ts';
import type { Io } from './io.ts';
import { styleFor } from './style.ts';
import { tool } from './version.ts';

/** What a user asks of `check`, validated. */
export type CheckOptions = {
  readonly bundles: readonly string[];
  readonly flow: Flow;
  readonly scope: readonly Layer[] | null;
  readonly demote: readonly string[];
  readonly failOn: FailOn;
  readonly format: ReportFormat;
  /** Reports to write into files beside the one on standard output. */
  readonly reports: readonly { readonly format: ReportFormat; readonly file: string }[];
  readonly verbose: boolean;
  readonly quiet: boolean;
  readonly color: boolean;
};

const nothingToGoOn = `dms-doctor check needs something to look at. The shortest ways:

  dms-doctor check --bundle facts.txt
      what a DBA gathered with host-facts.sh, or a directory of recorded items;
      --endpoint ID names one of the recorded endpoints
  dms-doctor demo
      look around: the story of a legacy host, from the bundle that ships here

Not in this release yet, so recorded evidence it must be for now:
  --endpoint ID alone (live from AWS) and --local --from ADDRESS (on the source
  host itself)
`;

/** Runs `check`. @returns the exit code */
export async function runCheck(options: CheckOptions, io: Io): Promise<number> {
  if (options.bundles.length === 0) {
    io.stderr(nothingToGoOn);
    return exitCodes.usage;
  }
  const startedAt = new Date();
  const evidence = await gather(options, io);
  if (!anythingToJudge(evidence)) {
    io.stderr(`${options.bundles.join(', ')}: readable, but there is nothing in it to judge\n`);
    return exitCodes.nothingToJudge;
  }
  const checked = check(evidence, { scope: options.scope, demote: options.demote });
  const report: Report = {
    tool: await tool(),
    startedAt: startedAt.toISOString(),
    durationMs: Date.now() - startedAt.getTime(),
    ...checked,
  };
  const look = { width: io.width, verbose: options.verbose, quiet: options.quiet };
  for (const { format, file } of options.reports)
    await io.write(file, await renderReport(format, report, { style: noStyle, ...look }));
  io.stdout(await renderReport(options.format, report, { style: await styleFor(options.color), ...look }));
  return exitCode(report, options.failOn);
}

async function gather(options: CheckOptions, io: Io): Promise<Evidence> {
  if (options.bundles.filter((one) => one === '-').length > 1)
    throw new BundleError('standard input can be one bundle only');
  const bundles = await Promise.all(
    options.bundles.map(async (one) => readBundle(one === '-' ? { stdin: await io.readStdin() } : one)),
  );
  return evidenceOf(bundles, options.bundles, options.flow);
}
