import { anythingToJudge, check } from '../check.ts';
import { readBundle } from '../evidence/bundle.ts';
import { gather } from '../evidence/gather.ts';
import type { Evidence } from '../evidence/item.ts';
import { BundleError } from '../evidence/manifest.ts';
import type { FailOn } from '../exit-code.ts';
import { exitCode, exitCodes } from '../exit-code.ts';
import type { Flow } from '../flow.ts';
import type { Layer } from '../layers.ts';
import { renderReport } from '../report/index.ts';
import type { ReportFormat } from '../report/index.ts';
import { noStyle } from '../report/style.ts';
import type { Report } from '../report.ts';
import { interruptible } from './interrupt.ts';
import type { Io } from './io.ts';
import { progressOf } from './progress.ts';
import type { LiveOptions } from './sources.ts';
import { asksLive, liveSources } from './sources.ts';
import { styleFor } from './style.ts';
import { tool } from './version.ts';

/** What a user asks of `check`, validated. */
export type CheckOptions = {
  readonly bundles: readonly string[];
  readonly live: LiveOptions;
  readonly flow: Flow;
  readonly scope: readonly Layer[] | null;
  readonly demote: readonly string[];
  readonly failOn: FailOn;
  readonly format: ReportFormat;
  /** Reports to write into files beside the one on standard output. */
  readonly reports: readonly { readonly format: ReportFormat; readonly file: string }[];
  /** The file that gets everything that was gathered. */
  readonly saveBundle: string | undefined;
  /** Milliseconds past which recorded evidence no longer counts; undefined: a day beside live evidence, no limit alone. */
  readonly maxAge: number | undefined;
  /** Milliseconds after which what was not gathered is given up. */
  readonly timeout: number;
  readonly verbose: boolean;
  readonly quiet: boolean;
  readonly color: boolean;
};

const nothingToGoOn = `dms-doctor check needs something to look at. The shortest ways:

  dms-doctor check --local --from ADDRESS
      on the source host itself; ADDRESS is the replication instance's
  dms-doctor check --bundle facts.txt
      what a DBA gathered with host-facts.sh, or a directory of recorded items;
      --endpoint ID names one of the recorded endpoints
  dms-doctor demo
      look around: the story of a legacy host, from the bundle that ships here

Not in this release yet: --endpoint ID alone (live from AWS)
`;

const day = 24 * 60 * 60 * 1000;

/** Runs `check`. @returns the exit code */
export async function runCheck(options: CheckOptions, io: Io): Promise<number> {
  if (options.bundles.length === 0 && !asksLive(options.live)) {
    io.stderr(nothingToGoOn);
    return exitCodes.usage;
  }
  return interruptible(async (signal) => {
    const startedAt = new Date();
    const evidence = await gathered(options, io, signal);
    if (options.saveBundle !== undefined) {
      const { savedBundle } = await import('../evidence/save.ts');
      await io.write(options.saveBundle, savedBundle(evidence));
    }
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
      notes: [...checked.notes, ...(signal.aborted ? ['Interrupted: this is what was known by then.'] : [])],
    };
    const look = { width: io.width, verbose: options.verbose, quiet: options.quiet };
    for (const { format, file } of options.reports)
      await io.write(file, await renderReport(format, report, { style: noStyle, ...look }));
    io.stdout(await renderReport(options.format, report, { style: await styleFor(options.color), ...look }));
    return exitCode(report, options.failOn);
  });
}

/** Everything that the options name, read and asked at once. */
async function gathered(options: CheckOptions, io: Io, interrupted: AbortSignal): Promise<Evidence> {
  if (options.bundles.filter((one) => one === '-').length > 1)
    throw new BundleError('standard input can be one bundle only');
  const live = asksLive(options.live);
  const progress = await progressOf(live && io.progress, options.quiet ? () => undefined : io.stderr);
  try {
    const [bundles, sources] = await Promise.all([
      Promise.all(
        options.bundles.map(async (name) => ({
          name,
          bundle: await readBundle(name === '-' ? { stdin: await io.readStdin() } : name),
        })),
      ),
      liveSources(options.live, options.flow),
    ]);
    return await gather({
      bundles,
      sources,
      flow: options.flow,
      maxAge: options.maxAge ?? (live ? day : undefined),
      signal: live ? AbortSignal.any([interrupted, AbortSignal.timeout(options.timeout)]) : interrupted,
      now: () => new Date().toISOString(),
      progress: progress.told,
    });
  } finally {
    progress.end();
  }
}
