import type { Evidence } from './evidence/item.ts';
import { isItem, parseOnce } from './evidence/item.ts';
import { items } from './evidence/items.ts';
import { entryOf } from './evidence/reader.ts';
import type { Finding, Status } from './finding.ts';
import { worst } from './finding.ts';
import type { Code, Words } from './findings/index.ts';
import { catalogue, docsOf } from './findings/index.ts';
import type { Layer } from './layers.ts';
import { layers } from './layers.ts';
import { unreadDamage } from './judging/missing.ts';
import type { Shared } from './judging/run.ts';
import { run } from './judging/run.ts';
import { endpoint } from './probes/endpoint.ts';
import { laterAddresses, laterCaveat, namingLayers } from './probes/after-replacement.ts';
import { attempt, attemptCounted } from './probes/attempt.ts';
import type { Counted } from './probes/attempt-counters.ts';
import type { Clearance } from './probes/dms-failure.ts';
import { clearing, dmsFailure } from './probes/dms-failure.ts';
import type { Draft, Probe } from './probes/probe.ts';
import { instead, probes } from './probes/index.ts';
import { secretPath } from './probes/secret.ts';
import { sudoersFix } from './probes/sudoers.ts';
import type { LayerStatus } from './report.ts';

/** What one judgement of the evidence says. */
export type Judgement = { readonly findings: readonly Finding[]; readonly layers: readonly LayerStatus[] };

/** What a user narrows or demotes. */
export type JudgeOptions = {
  /** The layers to judge, or null for all. */
  readonly scope?: readonly Layer[] | null;
  /** Codes and layers whose blocks and unknowns count as warnings. */
  readonly demote?: readonly string[];
};

/**
 * Runs every probe over the evidence. The one place where missing evidence becomes a finding.
 *
 * @returns findings in path order, and how each layer stands
 */
export function judge(evidence: Evidence, options: JudgeOptions = {}): Judgement {
  const scope = options.scope ?? layers;
  const read = new Set<string>();
  const shared: Shared = new Map();
  const findings: Finding[] = [];
  let shown = evidence;
  for (const probe of probes) {
    const inScope = scope.includes(probe.layer);
    // Whose evidence it is counts for every layer, also where the layer that says so is left out.
    const judged = inScope || probe === endpoint ? runOrSkip(probe, shown, read, shared) : [];
    const foreign = judged.find(({ code }) => code === 'END013');
    if (foreign !== undefined) shown = withoutSession(evidence);
    // Apart from the endpoint's own probe, so that an answer that it lacks ends nothing else.
    const secret = probe === endpoint && inScope ? run(secretPath, shown, read, shared) : [];
    const drafts = inScope ? [...judged, ...secret] : [leftOut];
    findings.push(...drafts.map((draft) => worded(draft, probe.layer)));
  }
  if (!evidence.simulated) addLater(shown, scope, findings);
  run(
    clearing((clearance) => clear(findings, clearance)),
    shown,
    read,
    shared,
  );
  if (scope.includes('endpoint')) {
    const standing = layers.map((layer) => layerStatus(layer, findings));
    const spoken = dmsFailure(standing);
    let counters: Counted | undefined;
    // Where the rules are not known the firewall's layers say so; here they only would have told more.
    run(
      attemptCounted((found) => (counters = found)),
      shown,
      read,
      shared,
    );
    for (const each of [spoken, attempt(standing, counters)])
      findings.push(...run(each, shown, read, shared).map((draft) => worded(draft, each.layer)));
  }
  const first = scope[0];
  if (first !== undefined) findings.push(...unreadDamage(evidence, read).map((draft) => worded(draft, first)));
  const demoted = findings.map((finding) => demote(finding, options.demote ?? []));
  demoted.sort((a, b) => layers.indexOf(a.layer) - layers.indexOf(b.layer));
  return { findings: withSudoers(demoted, evidence), layers: layers.map((layer) => layerStatus(layer, demoted)) };
}

/** Puts what DMS's own test of this run proved into the place of what was not known; damage stays what it is. */
function clear(findings: Finding[], { layers: proved, at, evidence }: Clearance): void {
  for (const layer of proved) {
    const unknown = findings.filter((one) => one.layer === layer && one.status === 'unknown');
    const isOpen = layerStatus(layer, findings).status === 'unknown' && unknown.length > 0;
    if (!isOpen || unknown.some(({ code }) => code === 'EVD004')) continue;
    const caveats = unknown.map(({ summary }) => `Not known by itself: ${summary}.`);
    const draft: Draft = { code: 'EVD012', args: { at }, evidence: [evidence], caveats };
    const index = findings.indexOf(unknown[0] as Finding);
    findings.splice(index, 1, worded(draft, layer));
    for (const one of unknown.slice(1)) findings.splice(findings.indexOf(one), 1);
  }
}

/** Judges the layers that name addresses once more, for what the replication instance may have after a replacement. */
function addLater(evidence: Evidence, scope: readonly Layer[], findings: Finding[]): void {
  const standing = namingLayers.filter(
    (layer) => scope.includes(layer) && ['pass', 'warn'].includes(layerStatus(layer, findings).status),
  );
  const later = standing.length === 0 ? [] : laterAddresses(evidence);
  if (later.length === 0) return;
  const moved: Evidence = { ...evidence, flow: { ...evidence.flow, from: later } };
  const shared: Shared = new Map();
  for (const probe of probes.filter(({ layer }) => standing.includes(layer))) {
    const blocked = run(probe, moved, new Set(), shared).some(({ code }) => catalogue[code].status === 'block');
    if (!blocked) continue;
    for (const [index, finding] of findings.entries())
      if (finding.layer === probe.layer && finding.status === 'pass')
        findings[index] = { ...finding, caveats: [...finding.caveats, laterCaveat(later)] };
  }
}

/** A source's layer is skipped where the endpoint is a target. */
function runOrSkip(probe: Probe, evidence: Evidence, read: Set<string>, shared: Shared): Draft[] {
  const skip = instead.get(probe.layer);
  const skipped = skip === undefined ? [] : run(skip, evidence, read, shared).filter(({ code }) => code === 'EVD013');
  return skipped.length > 0 ? skipped : run(probe, evidence, read, shared);
}

const leftOut: Draft = {
  code: 'EVD009',
  args: {},
  evidence: [{ source: 'command line', line: null, text: '--only or --skip', vantage: 'here' }],
};

/** The first finding on what the host denied says how to allow all of it: one change serves every layer. */
function withSudoers(findings: Finding[], evidence: Evidence): Finding[] {
  const said = entryOf(evidence, 'host/sudo.txt');
  const fix = isItem(said) ? sudoersFix(parseOnce(said, items['host/sudo.txt'])) : undefined;
  const first = findings.findIndex(({ code, evidence: [line] }) => code === 'EVD002' && line?.vantage === 'host');
  if (fix === undefined) return findings;
  return findings.map((finding, index) => (index === first ? { ...finding, fix } : finding));
}

/** The evidence without what a SQL session on another server said: evidence of two servers is never merged. */
function withoutSession(evidence: Evidence): Evidence {
  const kept = new Map(evidence.items);
  for (const [name, spec] of Object.entries(items))
    if ((spec.vantage === 'database' || name === 'here/tls.json') && kept.has(name))
      kept.set(name, {
        name: `${name}.error`,
        why: 'not-gathered',
        detail: 'the SQL session was on another server than the endpoint’s (END013)',
      });
  return { ...evidence, items: kept };
}

function worded(draft: Draft, layer: Layer): Finding {
  const text = catalogue[draft.code] as Words<typeof draft.args>;
  return {
    code: draft.code satisfies Code,
    layer,
    status: text.status,
    ...(text.reason === undefined ? {} : { reason: text.reason }),
    subject: draft.subject ?? '',
    summary: text.summary(draft.args),
    detail: text.detail(draft.args),
    caveats: draft.caveats ?? [],
    evidence: draft.evidence,
    ...(draft.fix === undefined ? {} : { fix: draft.fix }),
    docs: docsOf(draft.code),
  };
}

function demote(finding: Finding, names: readonly string[]): Finding {
  const gates: Status[] = ['block', 'unknown'];
  const named = names.includes(finding.code) || names.includes(finding.layer);
  return named && gates.includes(finding.status) ? { ...finding, status: 'warn', demoted: true } : finding;
}

function layerStatus(layer: Layer, findings: readonly Finding[]): LayerStatus {
  const own = findings.filter((finding) => finding.layer === layer);
  const status = own.length === 0 ? 'unknown' : worst(own.map((finding) => finding.status));
  const reason = own.find((finding) => finding.status === 'skip')?.reason;
  return status === 'skip' && reason !== undefined ? { layer, status, reason } : { layer, status };
}
