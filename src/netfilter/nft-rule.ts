import type { Family } from './addresses.ts';
import { readDnat, readMangle, readRedirect, readSetChange, readSnat } from './nft-effects.ts';
import type { RejectKind } from './model.ts';
import { HIDDEN_FAMILY, mayHideFamily } from './nft-hidden.ts';
import { mayBeMerged, mergedAt } from './nft-merged.ts';
import { changed, elementsOf, readVerdict, readVerdictMap, type Names } from './nft-maps.ts';
import { anyOf, compares, equals, isPresent } from './nft-patterns.ts';
import { isObject, readField, type Json, type JsonObject } from './nft-fields.ts';
import { doubtful, negate, type Match, type Operation, type Program, type Verdict } from './program.ts';
import { subtract, type Ranges } from './ranges.ts';

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
  const program: Operation[] = mayHideFamily(statements, names.family) ? match(HIDDEN_FAMILY) : [];
  for (let at = 0; at < statements.length; at++) {
    const statement = statements[at];
    const merged = mergedAt(statements, at);
    if (merged > 0) {
      const parts = statements.slice(at, at + merged).flatMap((each) => readNegated(each, names));
      program.push(...match(mayBeMerged(parts)));
      at += merged - 1;
      continue;
    }
    if (!isObject(statement)) return [...program, giveUp('a statement that is not understood')];
    const key = Object.keys(statement)[0] ?? '';
    const value = statement[key];
    const operations = readStatement(key, value, names);
    if (typeof operations === 'string') return [...program, giveUp(operations)];
    program.push(...operations);
  }
  return program.every(({ kind }) => kind === 'match') ? [] : program;
}

const readNegated = (statement: Json, names: Names): Match[] =>
  isObject(statement) && isObject(statement['match']) ? [readMatch(statement['match'], names)] : [];
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
      return isObject(value) ? readMangle(value, names) : 'a change of the packet that is not understood';
    case 'dnat':
      return isObject(value) ? readDnat(value, names) : 'dnat that is not understood';
    case 'redirect':
      return readRedirect(isObject(value) ? value : {}, names);
    case 'snat':
    case 'masquerade':
      return readSnat(key === 'snat' && isObject(value) ? value : {});
    case 'set':
      return isObject(value) ? readSetChange(value) : 'a change of a set that is not understood';
    default:
      return `"${key}" is not understood`;
  }
}

const complement = (set: Ranges, of: Ranges): Ranges => subtract(set, of);

function readMatch({ op, left, right }: JsonObject, names: Names): Match {
  const field = readField(left);
  const present = (found: Match, not: boolean): Match => {
    const told = not ? negate(found, complement) : found;
    return (packet, set, host) => isPresent(field, packet, host) && told(packet, set, host);
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
