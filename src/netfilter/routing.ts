import { single } from './addresses.ts';
import { passesReversePath } from './reverse-path.ts';
import type { Doubt } from './program.ts';
import { includes, intersect, subtract, type Ranges } from './ranges.ts';
import { prepend, type Condition, type Decider, type Phase, type State, type Step } from './state.ts';
import type { Way } from './hooks.ts';

/** A step of the kernel's routing between the hooks that stops packets; `chain` names what it is. */
export function routingDecider(chain: string, why: string): Decider {
  return { kind: 'routing', source: 'host/sysctl.txt', table: 'routing', chain, jumps: [], owner: 'hand', why };
}

/** Marks part of a state as stopped by routing; with a doubt where that is only possible. */
export function stop(state: State, set: Ranges, by: Decider, phase: Phase, doubt?: Doubt): State {
  const at = { source: by.source, line: 0, text: '' };
  const conditions = doubt ? prepend<Condition>({ ...doubt, at, matched: true }, state.conditions) : state.conditions;
  if (state.blocked)
    return { ...state, set, conditions, blocked: { ...state.blocked, alsoBlocks: [...state.blocked.alsoBlocks, by] } };
  const path = prepend<Step>({ phase, hook: state.packet.hook, verdict: 'drop', by }, state.path);
  return {
    ...state,
    set,
    conditions,
    path,
    blocked: { result: 'dropped', by, phase, packet: state.packet, alsoBlocks: [], shadowed: [] },
  };
}

const POLICY: Doubt = { kind: 'unknown', why: 'which routing table answers (ip rule)' };

/** The stricter of the setting for all interfaces and for this one, as the kernel takes it. */
function reversePathSetting(way: Way, name: string | undefined): number | undefined {
  const read = (key: string) => {
    const text = way.host.host.sysctls.get(`net.ipv4.conf.${key}.rp_filter`);
    return text === undefined ? undefined : Number(text);
  };
  const all = read('all');
  const own = name === undefined ? undefined : read(name);
  if (all === 2) return 2;
  return all === undefined || own === undefined ? undefined : Math.max(all, own);
}

/** Reverse path filter and martian sources; IPv6 has neither. Returns the states, those stopped marked so. */
function reversePath(way: Way, phase: Phase, state: State): State[] {
  const { packet, set } = state;
  if (packet.family === 6 || packet.inInterface === 'lo') return [state];
  const martian = intersect(set, way.host.local[4]);
  const result: State[] = [];
  if (martian.length > 0) {
    result.push(
      stop(state, martian, routingDecider('martian', "the source is one of this host's own addresses"), phase),
    );
  }
  const rest = subtract(set, martian);
  if (rest.length === 0) return result;
  const setting = reversePathSetting(way, packet.inInterface);
  if (setting === 0) return [...result, { ...state, set: rest }];
  const by = routingDecider(
    'rp_filter',
    `rp_filter is ${setting ?? 'not known'}: the way back to the source does not lead out by ${packet.inInterface ?? 'the interface it came in by'}`,
  );
  const truth = passesReversePath(packet, rest, way.host, setting === 2);
  if (!Array.isArray(truth)) {
    if (truth === true) return [...result, { ...state, set: rest }];
    const doubt = truth as Doubt;
    return [...result, { ...state, set: rest }, stop(state, rest, by, phase, doubt)];
  }
  const passed = intersect(rest, truth);
  const failed = subtract(rest, passed);
  const elsewhere = way.host.mayLeaveElsewhere(packet.inInterface, packet.family);
  if (passed.length > 0) {
    result.push({ ...state, set: passed });
    if (elsewhere && setting !== 2) result.push(stop(state, passed, by, phase, POLICY));
  }
  if (failed.length > 0) {
    const doubt = elsewhere ? POLICY : { kind: 'unknown' as const, why: 'the setting of rp_filter is not known' };
    const uncertain = elsewhere || setting === undefined;
    if (uncertain) result.push({ ...state, set: failed });
    result.push(stop(state, failed, by, phase, uncertain ? doubt : undefined));
  }
  return result;
}

/** The routing decision of a packet that came in: to a socket of this host (no outgoing interface), or on to another host. */
export function routeRequest(way: Way, phase: Phase, states: readonly State[]): State[] {
  return states
    .flatMap((state) => reversePath(way, phase, state))
    .flatMap((state) => {
      const { packet } = state;
      const { host } = way;
      if (host.host.interfaces.length === 0 || includes(host.local[packet.family], packet.address)) return [state];
      const key = packet.family === 4 ? 'net.ipv4.ip_forward' : 'net.ipv6.conf.all.forwarding';
      const forwards = host.host.sysctls.get(key);
      const out = host.towards(packet.family, single(packet.address))[0]?.interfaces[0];
      const onwards = { ...state, packet: way.packets.alter(packet, { outInterface: out ?? '' }) };
      const forwarding = routingDecider(
        'forwarding',
        `${key} is ${forwards ?? 'not known'}, and the destination is not an address of this host`,
      );
      if (forwards === '0') return [stop(onwards, state.set, forwarding, phase)];
      if (out === undefined) {
        return [stop(onwards, state.set, routingDecider('route', 'this host has no route to the destination'), phase)];
      }
      if (forwards !== undefined) return [onwards];
      return [onwards, stop(onwards, state.set, forwarding, phase, { kind: 'unknown', why: `${key} is not known` })];
    });
}

/** Splits the answers by the interface that the main table sends them out by. */
export function routeAnswer(way: Way, states: readonly State[]): State[] {
  return states.flatMap((state) => {
    const { family } = state.packet;
    if (!way.host.knowsRoutes(family)) return [state];
    const leave = (set: Ranges, outInterface: string | undefined): State => ({
      ...state,
      set,
      packet: way.packets.alter(state.packet, { outInterface }),
    });
    const own = intersect(state.set, way.host.local[family]);
    const parts = own.length > 0 ? [leave(own, 'lo')] : [];
    for (const { set, interfaces } of way.host.towards(family, subtract(state.set, own))) {
      const [name] = interfaces;
      if (set.length === 0) continue;
      const elsewhere = way.host.mayLeaveElsewhere(name, family);
      if (name !== undefined) parts.push(leave(set, elsewhere || interfaces.length > 1 ? undefined : name));
      else parts.push(stop(leave(set, undefined), set, NO_WAY_BACK, 'answer', elsewhere ? POLICY : undefined));
      if (name === undefined && elsewhere) parts.push(leave(set, undefined));
    }
    return parts;
  });
}

const NO_WAY_BACK = routingDecider('route', 'this host has no route back to the client');
