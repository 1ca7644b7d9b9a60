import type { Absence, Evidence, How, Item, ItemSpec } from './evidence/item.ts';
import { isItem, NotUnderstood, parseOnce } from './evidence/item.ts';
import type { ItemName, Parsed } from './evidence/items.ts';
import { items } from './evidence/items.ts';
import { entryOf, quoteLine } from './evidence/reader.ts';
import type { EvidenceLine, Finding, Status } from './finding.ts';
import { worst } from './finding.ts';
import type { Code, Words } from './findings/index.ts';
import { catalogue, docsOf } from './findings/index.ts';
import type { Layer } from './layers.ts';
import { layers } from './layers.ts';
import { endpoint } from './probes/endpoint.ts';
import { laterAddresses, laterCaveat, namingLayers } from './probes/after-replacement.ts';
import type { Clearance } from './probes/dms-failure.ts';
import { clearing, dmsFailure } from './probes/dms-failure.ts';
import type { Draft, FlowFact, Probe, Reader } from './probes/probe.ts';
import { instead, probes } from './probes/index.ts';
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

/** Ends a probe: something that it needs is not there. */
class Ended extends Error {
  readonly draft: Draft;
  constructor(draft: Draft) {
    super(draft.code);
    this.draft = draft;
  }
}

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
    const drafts = inScope ? judged : [leftOut];
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
    const spoken = dmsFailure(layers.map((layer) => layerStatus(layer, findings)));
    findings.push(...run(spoken, shown, read, shared).map((draft) => worded(draft, spoken.layer)));
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

/** The result of work that several probes share, and the items that it read. */
type Shared = Map<
  string,
  ({ readonly value: unknown } | { readonly error: unknown }) & { readonly read: ReadonlySet<string> }
>;

function run(probe: Probe, evidence: Evidence, read: Set<string>, shared: Shared): Draft[] {
  const drafts: Draft[] = [];
  const own = new Set<string>();
  const reader = readerOf(probe, evidence, own, shared, (draft) => drafts.push(draft));
  try {
    for (const draft of probe.judge(reader)) drafts.push(draft);
  } catch (error) {
    if (error instanceof Ended) drafts.push(error.draft);
    else drafts.push(crashed(error));
  }
  for (const name of own) read.add(name);
  const caveats = caveatsOf(evidence, own);
  return drafts
    .filter((draft, index) => drafts.findIndex((other) => sameAs(draft, other)) === index)
    .map((draft) => (caveats.length === 0 ? draft : { ...draft, caveats: [...(draft.caveats ?? []), ...caveats] }));
}

/** What qualifies every verdict that rests on these items. */
function caveatsOf(evidence: Evidence, read: ReadonlySet<string>): string[] {
  return [...read].flatMap((name) => {
    const entry = evidence.items.get(name);
    return isItem(entry) && entry.caveat !== undefined ? [entry.caveat] : [];
  });
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

function sameAs(a: Draft, b: Draft): boolean {
  return (
    a.code === b.code && (a.subject ?? '') === (b.subject ?? '') && JSON.stringify(a.args) === JSON.stringify(b.args)
  );
}

function readerOf(
  probe: Probe,
  evidence: Evidence,
  read: Set<string>,
  shared: Shared,
  damaged: (draft: Draft) => void,
): Reader<ItemName, ItemName> {
  const entry = (name: ItemName): Item | Absence => {
    for (const known of [name, ...items[name].orElse]) read.add(known);
    return entryOf(evidence, name);
  };
  const named = (name: string): Item | Absence => {
    read.add(name);
    return evidence.items.get(name) ?? { name, why: 'not-gathered', detail: `${probe.layer} reads it` };
  };
  const parse = <N extends ItemName>(name: N, found: Item) => {
    try {
      return parseOnce(found, items[name] as ItemSpec<unknown>) as Parsed<N>;
    } catch (error) {
      if (error instanceof NotUnderstood) throw new Ended(notUnderstood(name, found, error.message, error.line));
      throw error;
    }
  };
  return {
    flow: evidence.flow,
    collectedAt: evidence.collectedAt,
    simulated: evidence.simulated,
    fact: (key) => {
      const value = evidence.flow[key];
      if (value === undefined || (key === 'from' && evidence.flow.from.length === 0))
        throw new Ended(unknownFact(key, evidence));
      return value as never;
    },
    need: (name) => {
      const found = entry(name);
      if (!isItem(found)) throw new Ended(absent(name, found));
      return parse(name, found);
    },
    maybe: (name) => {
      const found = entry(name);
      if (isItem(found)) return parse(name, found);
      if (found.why === 'damaged') damaged(absent(name, found));
      return undefined;
    },
    entry: (name) => {
      const found = entry(name);
      if (!isItem(found) && found.why === 'damaged') damaged(absent(name, found));
      return found;
    },
    notUnderstood: (name, why, line) => {
      throw new Ended(notUnderstood(name, entry(name), why, line ?? null));
    },
    quote: (name, line) => {
      const found = entry(name);
      return isItem(found) ? quoteLine(found, line) : lineAbout(name, found);
    },
    cite: (name, text) => {
      const found = entry(name);
      return { source: isItem(found) ? found.name : name, line: null, text, vantage: items[name].vantage };
    },
    once: (key, work) => {
      let result = shared.get(key);
      if (result === undefined) {
        // From here on until the work is done: what was read before it may be read by it, too.
        const before = [...read];
        read.clear();
        try {
          result = { value: work(), read: new Set(read) };
        } catch (error) {
          result = { error, read: new Set(read) };
        }
        for (const name of before) read.add(name);
        shared.set(key, result);
      }
      for (const name of result.read) read.add(name);
      if ('error' in result) throw result.error;
      return result.value as ReturnType<typeof work>;
    },
    file: (name) => {
      const found = named(name);
      if (!isItem(found) && found.why === 'damaged') damaged(absentFile(name, found));
      return found;
    },
    lacks: (name) => {
      const found = named(name);
      const why = { name, why: 'damaged', detail: 'it is there, and could not be used' } as const;
      throw new Ended(absentFile(name, isItem(found) ? why : found));
    },
    names: () => evidence.items.keys(),
  };
}

const absenceCodes = {
  'not-gathered': 'EVD001',
  'not-installed': 'EVD001',
  denied: 'EVD002',
  'timed-out': 'EVD003',
  damaged: 'EVD004',
} as const;

function absent(name: ItemName, absence: Absence): Draft {
  return {
    code: absenceCodes[absence.why],
    args: { item: absence.name, detail: absence.detail, how: howToGet(name) },
    evidence: [lineAbout(name, absence)],
    subject: name,
  };
}

function absentFile(name: string, absence: Absence): Draft {
  const [, operation] = /^aws\/(?:[^/]+\/[^/]+\/)?([a-z-]+?)(?:--.*)?\.json$/.exec(name) ?? [];
  const how =
    operation === undefined ? 'host-facts.sh on the source host (as root)' : `aws ec2 ${operation} --output json`;
  const vantage = operation === undefined ? 'host' : 'configuration';
  return {
    code: absenceCodes[absence.why],
    args: { item: name, detail: absence.detail, how },
    evidence: [{ source: name, line: null, text: absence.detail, vantage }],
    subject: name,
  };
}

function notUnderstood(name: ItemName, found: Item | Absence, why: string, line: number | null): Draft {
  return {
    code: 'EVD005',
    args: { item: found.name, detail: line === null ? why : `line ${line}: ${why}`, how: howToGet(name) },
    evidence: [isItem(found) && line !== null ? quoteLine(found, line) : { ...lineAbout(name, found), text: why }],
    subject: found.name,
  };
}

function howToGet(name: ItemName): string {
  const { run: command, root }: How = items[name].how;
  return root === true ? `${command} (as root)` : command;
}

function lineAbout(name: ItemName, found: Item | Absence): EvidenceLine {
  const text = isItem(found) ? '' : `${found.why}: ${found.detail}`;
  return { source: found.name, line: null, text, vantage: items[name].vantage };
}

const factNames: Record<FlowFact, { fact: string; option: string }> = {
  from: { fact: "the replication instance's address", option: '--from' },
  host: { fact: "the source's address", option: '--host' },
  port: { fact: "the source's port", option: '--port' },
  database: { fact: "the endpoint's database", option: '--database' },
  user: { fact: "the endpoint's user", option: '--user' },
  tls: { fact: "the endpoint's TLS mode", option: '--tls' },
  endpoint: { fact: 'the DMS endpoint', option: '--endpoint' },
  replicationInstance: { fact: 'the replication instance', option: '--replication-instance' },
  replicationConfig: { fact: 'the serverless replication', option: '--replication-config' },
};

/** Which answer of DMS would have told a fact that nobody gave. */
const toldBy: Record<FlowFact, ItemName> = {
  from: 'aws/describe-replication-instances.json',
  host: 'aws/describe-endpoints.json',
  port: 'aws/describe-endpoints.json',
  database: 'aws/describe-endpoints.json',
  user: 'aws/describe-endpoints.json',
  tls: 'aws/describe-endpoints.json',
  endpoint: 'aws/describe-endpoints.json',
  replicationInstance: 'aws/describe-replication-instances.json',
  replicationConfig: 'aws/describe-replication-configs.json',
};
const serverlessAnswers: readonly ItemName[] = [
  'aws/describe-replication-configs.json',
  'aws/describe-replication-subnet-groups.json',
  'aws/describe-subnets.json',
];

function unknownFact(key: FlowFact, evidence: Evidence): Draft {
  // Where DMS was asked and did not answer, that is what is missing.
  const serverless = key === 'from' && evidence.flow.replicationConfig !== undefined;
  for (const name of serverless ? serverlessAnswers : [toldBy[key]]) {
    const source = evidence.items.get(name);
    if (source !== undefined && !isItem(source)) return absent(name, source);
  }
  return {
    code: 'EVD007',
    args: factNames[key],
    evidence: [{ source: 'bundle.json', line: null, text: `flow.${key} is not given`, vantage: 'configuration' }],
    subject: key,
  };
}

function crashed(error: unknown): Draft {
  const message = error instanceof Error ? error.message : String(error);
  return {
    code: 'EVD006',
    args: { message },
    evidence: [{ source: 'dms-doctor', line: null, text: message, vantage: 'here' }],
  };
}

/** Damage that no probe in scope came across still forbids `open`: the evidence is not what was gathered. */
function unreadDamage(evidence: Evidence, read: ReadonlySet<string>): Draft[] {
  const damaged = [...evidence.items]
    .filter(([name, entry]) => !isItem(entry) && entry.why === 'damaged' && !read.has(name))
    .map(([, entry]) => entry as Absence);
  const [first, ...rest] = damaged;
  if (first === undefined) return [];
  const lineOf = ({ name, detail }: Absence): EvidenceLine => ({
    source: name,
    line: null,
    text: `damaged: ${detail}`,
    vantage: 'here',
  });
  return [
    {
      code: 'EVD010',
      args: { item: first.name, detail: first.detail, more: rest.length },
      evidence: [lineOf(first), ...rest.map(lineOf)],
    },
  ];
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
