import type { EvidenceLine } from '../finding.ts';
import { firewallCodes } from '../findings/firewall.ts';
import type { FirewallLayer } from '../layers.ts';
import { firewallLayers } from '../layers.ts';
import type { Decider, Outcome, Owner, Part, Ruleset, ShadowedAccept, SourceRef } from '../netfilter/index.ts';
import { ownerOf, ownersPresent } from '../netfilter/index.ts';
import { isItem } from '../evidence/item.ts';
import { asymmetricAnswers } from './answer-path.ts';
import { counterCaveats } from './firewall-counters.ts';
import { firewallFix, originLines } from './firewall-fix.ts';
import type { FirewallReader } from './firewall-host.ts';
import { firewallNeeds, firewallSharpens } from './firewall-host.ts';
import { layerOf } from './firewall-layer.ts';
import type { Verdict } from './firewall-verdict.ts';
import { verdictOf } from './firewall-verdict.ts';
import { packetLimits } from './kernel-limits.ts';
import { managedHost } from './managed.ts';
import type { Draft, Probe } from './probe.ts';
import { probe } from './probe.ts';
import type { Decided } from './front-ends/block.ts';
import { rebootOfIptables, rebootOfNftables } from './front-ends/reboot.ts';
import { stoppedFrontEnd } from './front-ends/stopped.ts';

function isBlock(code: string): boolean {
  return firewallLayers.some((layer) =>
    [firewallCodes[layer].block, firewallCodes[layer].shadowed].some((one) => one === code),
  );
}

function* share(e: FirewallReader, layer: FirewallLayer): Generator<Draft> {
  const verdict = verdictOf(e);
  const drafts = verdict.parts.flatMap((part) => [...ofPart(e, layer, verdict, part)]);
  // What was not seen cannot open what a rule blocks; everything else rests on it.
  const stands = verdict.missing.length === 0 ? drafts : drafts.filter(({ code }) => isBlock(code));
  yield* stands;
  if (layer === 'iptables') {
    yield* packetLimits(e, verdict.attempt.interface);
    if (verdict.missing.length === 0) yield* asymmetricAnswers(e, verdict.parts);
    yield* rebootOfIptables(e, verdict.host.rulesets);
  } else if (layer === 'nftables') yield* rebootOfNftables(e, verdict.host.rulesets);
  else yield* stoppedFrontEnd(e, layer);
  for (const name of verdict.missing) e.need(name);
  if (drafts.length === 0) yield nothingOf(e, layer, verdict);
}

function* ofPart(e: FirewallReader, layer: FirewallLayer, verdict: Verdict, part: Part): Generator<Draft> {
  const codes = firewallCodes[layer];
  const connection = { from: part.from.join(', '), to: verdict.attempt.to, port: verdict.attempt.port };
  const subject = connection.from;
  const [only] = part.outcomes;
  // Where it is not known which of several stops comes first, each of them is a wall all the same.
  const stops = part.outcomes.flatMap((outcome) => (isStop(outcome) ? [outcome] : []));
  if (only !== undefined && stops.length === part.outcomes.length) {
    for (const stop of earliestFirst(stops))
      // Routing was judged on what is missing, too: then it decides nothing.
      if (
        layerOf(stop.by.owner, stop.by.source) === layer &&
        !(stop.by.kind === 'routing' && verdict.missing.length > 0)
      )
        yield blocked(e, layer, verdict, part, stop, connection);
  } else if (only?.result === 'accepted' && part.outcomes.length === 1) {
    const decided = layerOf(only.by.owner, only.by.source);
    const by = decided === layer ? only.by : acceptOf(layer, part);
    if (only.delivery.kind === 'forwarded') {
      const why = `the host hands the connection on to ${only.delivery.address}:${only.delivery.port}, and what stands there was not looked at`;
      if (decided === layer)
        yield { code: codes.unknown, args: { ...connection, why }, evidence: evidenceOf(only.by), subject };
    } else if (by !== undefined) {
      const args = { ...connection, chain: by.chain, table: by.table, how: how(by) };
      const origin = originLines({ e, host: verdict.host, part, decider: by, attempt: verdict.attempt });
      const evidence = [...evidenceOf(by), ...origin] as const;
      yield { code: codes.pass, args, evidence, caveats: verdict.caveats, subject };
    }
  } else yield* uncertain(layer, verdict, part, connection);
  for (const shadowed of part.shadowedAccepts)
    if (layerOf(ownerOfRule(verdict.host.rulesets, shadowed), shadowed.rule.source) === layer)
      yield shadowedFinding(layer, shadowed, connection);
}

function ownerOfRule(rulesets: readonly Ruleset[], { rule, place }: ShadowedAccept): Owner {
  const ruleset = rulesets.find(({ source }) => source === rule.source);
  const table = ruleset?.tables.find(({ name }) => name === place.table);
  const chain = table?.chains.get(place.chain);
  if (ruleset === undefined || table === undefined || chain === undefined) return 'hand';
  return ownerOf(ruleset, table, chain, chain.rules[place.index - 1]);
}

type Connection = { from: string; to: string; port: number };
type Stop = Exclude<Outcome, { result: 'accepted' | 'unknown' }>;

function isStop(outcome: Outcome): outcome is Stop {
  return outcome.result !== 'accepted' && outcome.result !== 'unknown';
}

/** Within a chain the upper rule first: what is let in before it passes the lower one, too. */
function earliestFirst(stops: readonly Stop[]): Stop[] {
  return stops.toSorted((a, b) => (a.by.index ?? Infinity) - (b.by.index ?? Infinity) || 0);
}

function blocked(
  e: FirewallReader,
  layer: FirewallLayer,
  verdict: Verdict,
  part: Part,
  stop: Stop,
  connection: Connection,
): Draft {
  const action = stop.result === 'dropped' ? 'drops' : `rejects with ${stop.with}`;
  const what = stop.by.kind === 'rule' ? `line ${stop.by.rule?.line} ${action}` : `the ${stop.by.kind} ${action}`;
  const answer =
    stop.phase === 'syn'
      ? ''
      : stop.phase === 'answer'
        ? ' (the answer on its way out)'
        : ' (what follows the handshake)';
  const args = {
    ...connection,
    chain: stop.by.chain,
    table: stop.by.table,
    how: `${what}${answer}`,
  };
  const decided: Decided = { e, host: verdict.host, part, decider: stop.by, attempt: verdict.attempt };
  const fix = firewallFix(decided);
  return {
    code: firewallCodes[layer].block,
    args,
    evidence: [...evidenceOf(stop.by), ...originLines(decided)],
    subject: connection.from,
    caveats: [...verdict.caveats, ...counterCaveats(stop.by)],
    ...(fix === undefined ? {} : { fix }),
  };
}

/** Several outcomes, or one that is not known: a rate limit alone is a warning, anything else is unknown. */
function* uncertain(layer: FirewallLayer, verdict: Verdict, part: Part, connection: Connection): Generator<Draft> {
  const unknown = part.outcomes.find((outcome) => outcome.result === 'unknown');
  const reasons = part.conditions.map(({ at, why }) => `${at.source}:${at.line}: ${why}`);
  const why =
    unknown === undefined
      ? `it depends on ${reasons.join('; ') || 'what is not known'}`
      : `${unknown.at.source}:${unknown.at.line}: ${unknown.why}`;
  const limited =
    unknown === undefined &&
    part.conditions.length > 0 &&
    part.conditions.every((condition) => condition.kind === 'rate-limit') &&
    part.outcomes.some(({ result }) => result === 'accepted');
  const places: SourceRef[] = unknown === undefined ? part.conditions.map(({ at }) => at) : [unknown.at];
  const owners = new Set(
    part.outcomes.flatMap((outcome) => ('by' in outcome ? [layerOf(outcome.by.owner, outcome.by.source)] : [])),
  );
  if (owners.size === 0) for (const owner of layersPresent(verdict.host.rulesets)) owners.add(owner);
  const first = [...owners][0] ?? 'iptables';
  if (!(limited ? layer === first : owners.has(layer))) return;
  const [shown = { source: 'flow', line: null, text: connection.from, vantage: 'configuration' as const }, ...others] =
    places.map(line);
  const evidence = [shown, ...others] as const;
  const code = firewallCodes[layer][limited ? 'limited' : 'unknown'];
  yield { code, args: { ...connection, why }, evidence, subject: connection.from };
}

function layersPresent(rulesets: readonly Ruleset[]): FirewallLayer[] {
  const owners = [...ownersPresent(rulesets)].map(([owner, { source }]) => layerOf(owner, source));
  const kinds = rulesets.map((ruleset): FirewallLayer => (ruleset.kind === 'nft' ? 'nftables' : 'iptables'));
  return [...new Set([...owners, ...kinds])];
}

/** The rule of this layer that accepts on the way, where another layer decides. */
function acceptOf(layer: FirewallLayer, part: Part): Decider | undefined {
  return part.hookVerdicts.find(
    ({ verdict, by }) => verdict === 'accept' && by.kind === 'rule' && layerOf(by.owner, by.source) === layer,
  )?.by;
}

function how(by: Decider): string {
  if (by.kind === 'rule') return `line ${by.rule?.line} accepts`;
  return by.kind === 'policy' ? 'its policy accepts' : 'no rule stands in the way';
}

/** The deciding line, and the jumps that led to it. */
function evidenceOf(by: Decider): [EvidenceLine, ...EvidenceLine[]] {
  const lines = [...(by.rule === undefined ? [] : [by.rule]), ...by.jumps.map(({ rule }) => rule)]
    .filter((ref) => ref.line > 0)
    .map(line);
  const [
    first = { source: by.source, line: null, text: by.why ?? `${by.kind} of ${by.chain}`, vantage: 'host' as const },
    ...rest
  ] = lines;
  return [first, ...rest];
}

function line({ source, line: number, text }: SourceRef): EvidenceLine {
  return { source, line: number > 0 ? number : null, text, vantage: 'host' };
}

function shadowedFinding(
  layer: FirewallLayer,
  { rule, place, shadowedBy }: ShadowedAccept,
  connection: Connection,
): Draft {
  const by = shadowedBy.rule?.text ?? `the policy of ${shadowedBy.chain}`;
  const byPlace = `${shadowedBy.chain}${shadowedBy.rule ? `, line ${shadowedBy.rule.line},` : ''}`;
  const args = { ...connection, rule: rule.text, place: `${place.chain}, line ${rule.line}`, by, byPlace };
  const evidence = [line(rule), ...evidenceOf(shadowedBy)] as const;
  return { code: firewallCodes[layer].shadowed, args, evidence, subject: `${connection.from} ${rule.line}` };
}

const mainItem = {
  iptables: 'host/iptables-nft-save.txt',
  nftables: 'host/nft-ruleset.json',
  shorewall: 'host/shorewall/status.txt',
  ufw: 'host/ufw/status.txt',
  firewalld: 'host/firewalld/state.txt',
} as const satisfies Record<FirewallLayer, string>;

/** The layer has no share in the verdict: not installed, or nothing of it in the rules that were gathered. */
function nothingOf(e: FirewallReader, layer: FirewallLayer, { host }: Verdict): Draft {
  const entry = e.entry(mainItem[layer]);
  const codes = firewallCodes[layer];
  const kernel = host.rulesets.map(({ source }) => source).join(', ') || 'the kernel’s rules';
  if (
    !isItem(entry) &&
    entry.why === 'not-installed' &&
    (layer !== 'iptables' || !host.rulesets.some(({ kind }) => kind === 'iptables'))
  )
    return {
      code: codes.missing,
      args: { what: `not installed (${entry.detail})` },
      evidence: [e.cite(mainItem[layer], `not-installed: ${entry.detail}`)],
    };
  const present = [...ownersPresent(host.rulesets).keys()].join(', ');
  const what =
    layer === 'iptables' || layer === 'nftables'
      ? present && layer === 'iptables'
        ? `no rule of its own decides: the rules are of ${present}`
        : 'no rule of its own decides'
      : 'nothing of it in the kernel’s rules';
  return {
    code: codes.absent,
    args: { what },
    evidence: [{ source: kernel, line: null, text: what, vantage: 'host' }],
  };
}

/** The probes of the five firewall layers. */
export const firewallProbes: readonly Probe[] = firewallLayers.map((layer) =>
  probe({
    layer,
    needs: firewallNeeds,
    sharpens: firewallSharpens,
    *judge(e) {
      const managed = managedHost(e);
      if (managed !== undefined) yield managed;
      else yield* share(e, layer);
    },
  }),
);
