import type { Family } from './addresses.ts';
import { readDnat, readMangle, readRedirect, readSetChange } from './nft-effects.ts';
import type { RejectKind } from './model.ts';
import { anyOf, bare, compares, equals, isPresent } from './nft-patterns.ts';
import { isObject, readField, type Json, type JsonObject } from './nft-fields.ts';
import type { Packet } from './packet.ts';
import {
  doubtful,
  isDoubt,
  negate,
  type Case,
  type Doubt,
  type Match,
  type Operation,
  type Partly,
  type Program,
  type Verdict,
} from './program.ts';
import { intersect, subtract, type Ranges } from './ranges.ts';

/** A named set or map of a table: its elements as printed. */
export type NftSet = { readonly name: string; readonly elements: readonly Json[] };
/** What a rule may refer to. */
export type Names = { readonly sets: ReadonlyMap<string, NftSet> };

const HARMLESS = new Set([
  'counter',
  'log',
  'ct helper',
  'ct timeout',
  'ct expectation',
  'flow',
  'secmark',
  'last',
  'dup',
  'comment',
]);

/** Statements that match or not in a way that cannot be seen. */
const DOUBTFUL: Readonly<Record<string, (json: Json | undefined) => Match>> = {
  limit: (json) => {
    const { rate, per, burst, inv } = isObject(json) ? json : {};
    const spelled =
      rate === undefined
        ? String(json)
        : `${inv === true ? 'over ' : ''}${String(rate)}/${String(per ?? 'second')}${burst === undefined ? '' : ` with a burst of ${String(burst)}`}`;
    return doubtful(`rate limit of ${spelled}`, 'rate-limit');
  },
  'ct count': (json) => {
    const { val, inv } = isObject(json) ? json : {};
    if (val === 0 && inv === true) return () => true;
    return doubtful(`limit of ${String(val)} connections at once`, 'rate-limit');
  },
  quota: () => doubtful('whether the quota is used up'),
  meter: () => doubtful('rate limit for each client', 'rate-limit'),
};

/** The meaning of a rule's `expr` list. */
export function readStatements(statements: readonly Json[], names: Names): Program {
  const program: Operation[] = hidesProtocol(statements) ? match(HIDDEN_PROTOCOL) : [];
  for (const statement of statements) {
    if (!isObject(statement)) return [...program, giveUp('a statement that is not understood')];
    const key = Object.keys(statement)[0] ?? '';
    const value = statement[key];
    const operations = readStatement(key, value, names);
    if (typeof operations === 'string') return [...program, giveUp(operations)];
    program.push(...operations);
  }
  return program.every(({ kind }) => kind === 'match') ? [] : program;
}

/**
 * nft's listing (1.0.6) leaves out the `meta protocol ip` or `ip6` of a rule that rejects with ICMP of one family, and shows a
 * `meta nfproto` in its place, which it shows in no other such rule. A rule for the other family looks just the same, and never matches.
 */
function hidesProtocol(statements: readonly Json[]): boolean {
  const rejects = statements.map((each) => (isObject(each) && isObject(each['reject']) ? each['reject']['type'] : ''));
  const family = rejects.includes('icmp') ? 'ipv4' : rejects.includes('icmpv6') ? 'ipv6' : undefined;
  return statements.some((each) => {
    const comparison = isObject(each) && isObject(each['match']) ? each['match'] : {};
    const { op, left, right } = comparison;
    const meta = isObject(left) && isObject(left['meta']) ? left['meta'] : {};
    return op === '==' && meta['key'] === 'nfproto' && right === family;
  });
}
const HIDDEN_PROTOCOL = doubtful(
  'whether the rule asks for the other family as well, which the listing of nft leaves out',
);

const giveUp = (why: string): Operation => ({ kind: 'verdict', verdict: { kind: 'unknown', why } });
const match = (found: Match): Operation[] => [{ kind: 'match', match: found }];
const verdict = (found: Verdict): Operation[] => [{ kind: 'verdict', verdict: found }];

function readStatement(key: string, value: Json | undefined, names: Names): readonly Operation[] | string {
  if (HARMLESS.has(key)) return [];
  const doubt = Object.hasOwn(DOUBTFUL, key) ? DOUBTFUL[key] : undefined;
  if (doubt !== undefined) return match(doubt(value));
  const simple = readVerdict(key, value);
  if (simple !== undefined) return verdict(simple);
  switch (key) {
    case 'match':
      return isObject(value) ? match(readMatch(value, names)) : 'a comparison that is not understood';
    case 'vmap':
      return isObject(value) ? readVerdictMap(value, names) : 'a verdict map that is not understood';
    case 'reject':
      return readReject(isObject(value) ? value : {});
    case 'notrack':
      return [
        {
          kind: 'effect',
          note: 'takes the packet out of connection tracking',
          effect: (packet) => (packet.state === 'INVALID' ? { state: 'UNTRACKED' } : {}),
        },
      ];
    case 'mangle':
      return isObject(value) ? readMangle(value) : 'a change of the packet that is not understood';
    case 'dnat':
      return isObject(value) ? readDnat(value) : 'dnat that is not understood';
    case 'redirect':
      return readRedirect(isObject(value) ? value : {});
    case 'snat':
    case 'masquerade':
      return [
        {
          kind: 'effect',
          note: 'changes the source address',
          effect: () => ({ natDone: true, sourceTranslated: true }),
        },
        ...verdict({ kind: 'accept' }),
      ];
    case 'set':
      return isObject(value) ? readSetChange(value) : 'a change of a set that is not understood';
    default:
      return `"${key}" is not understood`;
  }
}

/** `accept`, `drop`, `jump` and so on; undefined for what is no verdict. */
function readVerdict(key: string, value: Json | undefined): Verdict | undefined {
  if (key === 'accept' || key === 'drop' || key === 'return' || key === 'continue') return { kind: key };
  if ((key === 'jump' || key === 'goto') && isObject(value)) return { kind: key, chain: String(value['target']) };
  if (key === 'queue') return { kind: 'unknown', why: 'a program in user space decides (queue)' };
  return undefined;
}

/** The elements that a right side stands for, and whether they may have been changed by a rule. */
function elementsOf(json: Json | undefined, names: Names): { values: readonly Json[]; named?: string } | undefined {
  if (isObject(json) && Array.isArray(json['set'])) return { values: json['set'] };
  if (typeof json === 'string' && json.startsWith('@')) {
    const set = names.sets.get(json.slice(1));
    return set && { values: set.elements, named: json };
  }
  return undefined;
}

const complement = (set: Ranges, of: Ranges): Ranges => subtract(set, of);

function readMatch({ op, left, right }: JsonObject, names: Names): Match {
  const field = readField(left);
  const present = (found: Match, not: boolean): Match => {
    const told = not ? negate(found, complement) : found;
    return (packet, set, host) => isPresent(field, packet) && told(packet, set, host);
  };
  if (typeof op === 'string' && ['<', '>', '<=', '>='].includes(op)) {
    return present(compares(field, op, right) ?? doubtful('a comparison that is not understood'), false);
  }
  if (op !== '==' && op !== '!=' && op !== 'in') return doubtful(`operator ${String(op)}`);
  const elements = elementsOf(right, names);
  if (elements !== undefined) return present(changed(anyOf(field, elements.values), elements.named), op === '!=');
  if (typeof right === 'string' && right.startsWith('@'))
    return doubtful(`the set ${right.slice(1)} is not in the ruleset`);
  if (Array.isArray(right) && field.kind !== 'number') return present(anyOf(field, right), op === '!=');
  return present(equals(field, right, op === 'in'), op === '!=');
}

/** A set that an earlier rule on the way may have changed tells nothing certain. */
function changed(found: Match, name: string | undefined): Match {
  if (name === undefined) return found;
  const doubt: Doubt = { kind: 'unknown', why: `what the set ${name.slice(1)} holds, which an earlier rule changes` };
  return (packet, set, host) =>
    packet.changedSets !== '' && packet.changedSets.split(' ').includes(name) ? doubt : found(packet, set, host);
}

function readVerdictMap({ key, data }: JsonObject, names: Names): readonly Operation[] | string {
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
      map: (packet, set, host) => (isPresent(field, packet) ? lookUp(cases, packet, set, host) : []),
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

const REJECTS: Readonly<Record<string, Readonly<Record<Family, RejectKind>>>> = {
  'port-unreachable': { 4: 'icmp-port-unreachable', 6: 'icmp6-port-unreachable' },
  'no-route': { 4: 'icmp-net-unreachable', 6: 'icmp6-no-route' },
  'net-unreachable': { 4: 'icmp-net-unreachable', 6: 'icmp6-no-route' },
  'host-unreachable': { 4: 'icmp-host-unreachable', 6: 'icmp6-addr-unreachable' },
  'addr-unreachable': { 4: 'icmp-host-unreachable', 6: 'icmp6-addr-unreachable' },
  'admin-prohibited': { 4: 'icmp-admin-prohibited', 6: 'icmp6-adm-prohibited' },
  'prot-unreachable': { 4: 'icmp-proto-unreachable', 6: 'icmp6-port-unreachable' },
  'net-prohibited': { 4: 'icmp-net-prohibited', 6: 'icmp6-adm-prohibited' },
  'host-prohibited': { 4: 'icmp-host-prohibited', 6: 'icmp6-adm-prohibited' },
  'policy-fail': { 4: 'icmp-admin-prohibited', 6: 'icmp6-policy-fail' },
  'reject-route': { 4: 'icmp-net-unreachable', 6: 'icmp6-reject-route' },
};

/** What a rejection says depends on the packet's family; one of the other family does not match at all. */
function readReject({ type, expr }: JsonObject): readonly Operation[] | string {
  if (type === 'tcp reset') {
    return [...match((packet) => packet.protocol === 'tcp'), ...verdict({ kind: 'reject', with: 'tcp-reset' })];
  }
  const kinds = REJECTS[typeof expr === 'string' ? expr : 'port-unreachable'];
  if (kinds === undefined || (type !== undefined && !['icmp', 'icmpv6', 'icmpx'].includes(String(type))))
    return `reject with ${String(type)} ${String(expr)}`;
  const only = type === 'icmp' ? 4 : type === 'icmpv6' ? 6 : undefined;
  return [
    {
      kind: 'map',
      chains: [],
      map: ({ family }, set) =>
        only === undefined || only === family ? [{ set, verdict: { kind: 'reject', with: kinds[family] } }] : [],
    },
  ];
}
