import { isObject, readField, type Field, type Json, type JsonObject } from './nft-fields.ts';
import { bare, equals, isPresent } from './nft-patterns.ts';
import type { Packet } from './packet.ts';
import {
  isDoubt,
  type Case,
  type Choice,
  type Doubt,
  type Match,
  type Operation,
  type Partly,
  type Verdict,
} from './program.ts';
import { intersect, subtract, type Ranges } from './ranges.ts';

/** A named set or map of a table: its elements as printed. */
export type NftSet = { readonly name: string; readonly elements: readonly Json[] };
/** What a rule may refer to in its table, and the table's family. */
export type Names = { readonly family: string; readonly sets: ReadonlyMap<string, NftSet> };

/** The elements that a right side stands for, and whether they may have been changed by a rule. */
export function elementsOf(
  json: Json | undefined,
  names: Names,
): { values: readonly Json[]; named?: string } | undefined {
  if (isObject(json) && Array.isArray(json['set'])) return { values: json['set'] };
  if (typeof json === 'string' && json.startsWith('@')) {
    const set = names.sets.get(json.slice(1));
    return set && { values: set.elements, named: json };
  }
  return undefined;
}

/** A set that an earlier rule on the way may have changed tells nothing certain. */
export function changed(found: Match, name: string | undefined): Match {
  if (name === undefined) return found;
  const doubt: Doubt = { kind: 'unknown', why: `what the set ${name.slice(1)} holds, which an earlier rule changes` };
  return (packet, set, host) =>
    packet.changedSets !== '' && packet.changedSets.split(' ').includes(name) ? doubt : found(packet, set, host);
}

/** `accept`, `drop`, `jump` and so on; undefined for what is no verdict. */
export function readVerdict(key: string, value: Json | undefined): Verdict | undefined {
  if (key === 'accept' || key === 'drop' || key === 'return' || key === 'continue') return { kind: key };
  if ((key === 'jump' || key === 'goto') && isObject(value)) return { kind: key, chain: String(value['target']) };
  if (key === 'queue') return { kind: 'unknown', why: 'a program in user space decides (queue)' };
  return undefined;
}

/** The cases of a `vmap`. */
export function readVerdictMap({ key, data }: JsonObject, names: Names): readonly Operation[] | string {
  const field = readField(key);
  const elements = elementsOf(data, names);
  if (elements === undefined) return 'a verdict map that is not in the ruleset';
  const cases: { found: Match; verdict: Verdict; rest: boolean }[] = [];
  for (const element of elements.values) {
    if (!Array.isArray(element) || !isObject(element[1])) return 'a verdict map that is not understood';
    const word = Object.keys(element[1])[0] ?? '';
    const told = readVerdict(word, element[1][word]);
    if (told === undefined) return 'a verdict map that is not understood';
    cases.push({
      found: changed(equals(field, element[0]), elements.named),
      verdict: told,
      rest: bare(element[0]) === '*',
    });
  }
  cases.sort((a, b) => Number(a.rest) - Number(b.rest));
  const chains = cases.flatMap(({ verdict: told }) => ('chain' in told ? [told.chain] : []));
  return [
    {
      kind: 'map',
      chains,
      map: (packet, set, host) => (isPresent(field, packet, host) ? lookUp(cases, packet, set, host) : []),
    },
  ];
}

function lookUp(
  cases: readonly { found: Match; verdict: Verdict }[],
  packet: Packet,
  set: Ranges,
  host: Parameters<Match>[2],
): Case[] {
  const result: Case[] = [];
  let left = set;
  for (const { found, verdict: told } of cases) {
    if (left.length === 0) break;
    const truth = found(packet, left, host);
    if (truth === false) continue;
    if (truth === true) {
      result.push({ set: left, verdict: told });
      break;
    }
    if (Array.isArray(truth)) {
      const inside = intersect(left, truth);
      if (inside.length > 0) result.push({ set: inside, verdict: told });
      left = subtract(left, inside);
    } else if (isDoubt(truth)) result.push({ set: left, verdict: told, doubt: truth });
    else {
      const part = truth as Partly;
      const yes = intersect(left, part.yes);
      const maybe = subtract(intersect(left, part.maybe), yes);
      if (yes.length > 0) result.push({ set: yes, verdict: told });
      if (maybe.length > 0) result.push({ set: maybe, verdict: told, doubt: part.doubt });
      left = subtract(left, yes);
    }
  }
  return result;
}

/**
 * A value that stands in a map: `tcp dport map { 22 : 10.0.0.1 }`. Undefined for what is no map; text for one that is not understood.
 * A packet that is in no case ends the rule.
 */
export function readDataMap(
  json: Json | undefined,
  names: Names,
  effectOf: (value: Json) => Choice['effect'] | undefined,
  note: string,
): readonly Operation[] | string | undefined {
  const map = isObject(json) ? json['map'] : undefined;
  if (!isObject(map)) return undefined;
  const field: Field = readField(map['key']);
  const elements = elementsOf(map['data'], names);
  if (elements === undefined) return 'a map that is not in the ruleset';
  const choices: Choice[] = [];
  for (const element of elements.values) {
    const effect = Array.isArray(element) ? effectOf((element as readonly Json[])[1] ?? null) : undefined;
    if (effect === undefined) return 'a map that is not understood';
    const found = changed(equals(field, (element as readonly Json[])[0]), elements.named);
    const match: Match = (packet, set, host) => isPresent(field, packet, host) && found(packet, set, host);
    choices.push({ match, effect });
  }
  return [{ kind: 'choose', choices, note }];
}
