import type { check, Checked } from '../check.ts';
import type { Bundle } from '../evidence/bundle.ts';
import { readBundle } from '../evidence/bundle.ts';
import { evidenceOf, toEvidence } from '../evidence/evidence-of.ts';
import { gather } from '../evidence/gather.ts';
import type { Evidence } from '../evidence/item.ts';
import { BundleError } from '../evidence/manifest.ts';
import { SourceError } from '../evidence/source.ts';
import type { FailOn } from '../exit-code.ts';
import { exitCode, exitCodes } from '../exit-code.ts';
import type { Flow } from '../flow.ts';
import type { Layer } from '../layers.ts';
import type { ReportFormat } from '../report/index.ts';
import type { Report } from '../report.ts';
import type { AwsConnection } from '../evidence/aws/select.ts';
import { plain } from '../report/plain.ts';
import { unlimited, within } from '../evidence/deadline.ts';
import { deliver, nothingJudged } from './deliver.ts';
import { interruptible } from './interrupt.ts';
import type { Io } from './io.ts';
import { person } from './person.ts';
import { progressOf } from './progress.ts';
import type { LiveOptions } from './sources.ts';
import { asksAws, asksDatabase, asksHost, liveSources, looksElsewhere } from './sources.ts';
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
  /** The file that gets the plan. */
  readonly plan: string | undefined;
  /** The file that gets everything that was gathered. */
  readonly saveBundle: string | undefined;
  /** Milliseconds for which to look again until the path is open; undefined: one look. */
  readonly wait: number | undefined;
  /** Milliseconds past which recorded evidence no longer counts; undefined: a day beside live evidence, no limit alone. */
  readonly maxAge: number | undefined;
  /** Milliseconds after which what was not gathered is given up. */
  readonly timeout: number;
  readonly verbose: boolean;
  readonly quiet: boolean;
  readonly color: boolean;
};

const nothingToGoOn = `dms-doctor check needs something to look at. The shortest ways:

  dms-doctor check --endpoint ID
      the endpoint's connection as AWS has it, with the AWS CLI's credentials
      (--profile, --region); add --local on the source host for all layers
  dms-doctor check --local --from ADDRESS
      on the source host itself; ADDRESS is the replication instance's
  dms-doctor check --ssh HOST --from ADDRESS
      the same from here, over SSH
  dms-doctor check --bundle facts.txt
      what a DBA gathered with host-facts.sh, or a directory of recorded items;
      --endpoint ID names one of the recorded endpoints
  dms-doctor demo
      look around: the story of a legacy host, from the bundle that ships here
`;

const day = 24 * 60 * 60 * 1000;

/**
 * Runs `check`. The reports that were asked for are also made where it fails.
 *
 * @returns the exit code
 */
export async function runCheck(options: CheckOptions, io: Io, judge?: typeof check): Promise<number> {
  if (!looksElsewhere({ live: options.live, bundles: options.bundles }) && !asksAws({ ...options, bundles: [] })) {
    io.stderr(nothingToGoOn);
    return exitCodes.usage;
  }
  return interruptible(async (signal) => {
    const startedAt = new Date();
    try {
      return await judged(options, io, signal, startedAt, judge);
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      const { ChoiceError, NoCredentials } = await import('../evidence/aws/source.ts');
      if (error instanceof NoCredentials) {
        io.stderr(`${nothingToGoOn}\nAWS could not be asked: ${plain(error.message)}\n`);
        return exitCodes.usage;
      }
      if (!(error instanceof ChoiceError)) throw error;
      return await chosen(options, io, signal, error.choices, judge);
    }
  });
}

/** Asks which of several connections is meant, and judges that one; says which there are where nobody can be asked. */
async function chosen(
  options: CheckOptions,
  io: Io,
  signal: AbortSignal,
  choices: readonly AwsConnection[],
  judge: typeof check | undefined,
): Promise<number> {
  if (!io.asks) {
    const { connectionWords } = await import('../evidence/aws/select.ts');
    const list = choices.map((one) => `  ${plain(connectionWords(one))}\n`).join('');
    io.stderr(
      `dms-doctor: several connections fit; name one with --endpoint and --replication-instance, or check --all:\n${list}`,
    );
    return exitCodes.usage;
  }
  const { choose } = await import('./choose.ts');
  const one = await choose(choices, io.stderr, signal);
  if (one === undefined) return exitCodes.usage;
  const { endpoint, replicationInstance, replicationConfig } = one;
  const aws = { ...options.live.aws, replicationConfig };
  const flow = { ...options.flow, endpoint, replicationInstance };
  return judged({ ...options, flow, live: { ...options.live, aws } }, io, signal, new Date(), judge);
}

/** Gathers, judges and prints. @returns the exit code */
async function judged(
  options: CheckOptions,
  io: Io,
  signal: AbortSignal,
  startedAt: Date,
  judge: typeof check | undefined,
): Promise<number> {
  const reported = async (checked: Checked): Promise<Report> => ({
    tool: await tool(),
    startedAt: startedAt.toISOString(),
    durationMs: Date.now() - startedAt.getTime(),
    ...checked,
    notes: [...checked.notes, ...(signal.aborted ? ['Interrupted: this is what was known by then.'] : [])],
  });
  // For a person, the line on standard error says it all.
  const told = options.format === 'text' ? { ...io, stdout: () => undefined } : io;
  const failed = async (why: string) => deliver(await reported(nothingJudged(options, why)), options, told);
  const look = async () => {
    const evidence = toEvidence(await gathered(options, io, signal), options.flow);
    const { anythingToJudge, check } = await judging();
    const scoped = { scope: options.scope, demote: options.demote };
    return { evidence, checked: anythingToJudge(evidence) ? (judge ?? check)(evidence, scoped) : undefined };
  };
  let checked: Checked | undefined;
  try {
    if (options.live.aws.all) return await everyConnection(options, io, signal, startedAt, judge);
    const last = await (options.wait === undefined ? look() : lookedUntilOpen(look, options.wait, options, io, signal));
    const { evidence } = last;
    await saved(evidence, options.saveBundle, io);
    checked = last.checked;
  } catch (error) {
    // A person who can be asked which connection is meant has not failed yet.
    if (!(io.asks && error instanceof SourceError))
      await failed(error instanceof Error ? error.message : String(error)).catch(() => undefined);
    throw error;
  }
  if (checked === undefined) {
    const why = `${options.bundles.join(', ')}: readable, but there is nothing in it to judge`;
    io.stderr(`${why}\n`);
    await failed(why);
    return exitCodes.nothingToJudge;
  }
  const report = await reported(checked);
  await deliver(report, options, io);
  return exitCode(report, options.failOn);
}

/** `--all`: gathers once, and judges each connection by it. @returns the exit code */
async function everyConnection(
  options: CheckOptions,
  io: Io,
  signal: AbortSignal,
  startedAt: Date,
  judge: typeof check | undefined,
): Promise<number> {
  const bundle = await gathered(options, io, signal);
  await saved(toEvidence(bundle, options.flow), options.saveBundle, io);
  const [{ check }, { judgeAll }] = await Promise.all([judging(), import('./check-all.ts')]);
  return judgeAll(options, io, bundle, startedAt, judge ?? check);
}

/** Writes what was gathered into the file that was named for it, if one was. */
async function saved(evidence: Evidence, file: string | undefined, io: Io): Promise<void> {
  if (file === undefined) return;
  const { savedBundle } = await import('../evidence/save.ts');
  await io.write(file, savedBundle(evidence));
}

/** What judges and what prints: modules that nobody needs before there is something to judge. */
const judging = () => import('../check.ts');

/** `--wait`: looks until the run would end with 0. */
async function lookedUntilOpen<T extends { readonly checked: Checked | undefined }>(
  look: () => Promise<T>,
  wait: number,
  { failOn, bundles }: CheckOptions,
  io: Io,
  signal: AbortSignal,
): Promise<T> {
  if (bundles.includes('-')) throw new BundleError('standard input cannot be read again: --wait needs a file');
  const { untilOpen } = await import('./wait.ts');
  return untilOpen(look, {
    wait,
    signal,
    say: io.stderr,
    seen: ({ checked }) => checked,
    isOpen: ({ checked }) => checked !== undefined && exitCode(checked, failOn) === exitCodes.open,
  });
}

/** Everything that the options name, read and asked at once. */
async function gathered(options: CheckOptions, io: Io, interrupted: AbortSignal): Promise<Bundle> {
  if (options.bundles.filter((one) => one === '-').length > 1)
    throw new BundleError('standard input can be one bundle only');
  const bundles = await Promise.all(
    options.bundles.map(async (name) => ({
      name,
      bundle: await readBundle(name === '-' ? { stdin: await io.readStdin() } : name),
    })),
  );
  const recorded = bundles.map(({ bundle }) => bundle);
  const given = {
    live: options.live,
    flow: options.flow,
    // What the recorded evidence says of the connection, too.
    known: evidenceOf(recorded, options.bundles, options.flow).flow,
    bundles: recorded,
  };
  const live = asksHost(options.live) || asksDatabase(given) || asksAws(given);
  const limited = live ? within(interrupted, options.timeout) : unlimited(interrupted);
  // While it waits each look has its one line.
  const waits = options.wait !== undefined;
  const told = waits ? () => undefined : io.stderr;
  const progress = await progressOf(live && io.progress && !waits, options.quiet, told);
  try {
    const asked = gather({
      bundles,
      sources: await liveSources(given, live ? await person(progress, limited) : undefined),
      maxAge: options.maxAge ?? (live ? day : undefined),
      signal: limited.signal,
      now: () => new Date().toISOString(),
      progress: progress.told,
    });
    // Loaded while the network keeps everybody waiting.
    if (live) void judging();
    return await asked;
  } finally {
    limited.end();
    progress.end();
  }
}
