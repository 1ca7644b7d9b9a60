import { parseAddress, type Family } from './addresses.ts';
import { parseMasked, parsePort, parsePortRange } from './match-options.ts';
import type { RejectKind } from './model.ts';
import type { Packet } from './packet.ts';
import type { Bound } from './ranges.ts';
import { NO_PROGRAM, unknownProgram, type Effect, type Operation, type Program } from './program.ts';
import type { Option } from './rule-words.ts';

const accept: Operation = { kind: 'verdict', verdict: { kind: 'accept' } };

/** Targets that let the packet go on to the next rule, and change nothing that a later rule could see. */
const HARMLESS = new Set([
  'LOG',
  'ULOG',
  'NFLOG',
  'TRACE',
  'AUDIT',
  'CHECKSUM',
  'CLASSIFY',
  'DSCP',
  'TOS',
  'TCPMSS',
  'TCPOPTSTRIP',
  'ECN',
  'RATEEST',
  'IDLETIMER',
  'LED',
  'SECMARK',
  'CONNSECMARK',
  'NFACCT',
  'TEE',
  'ACCOUNT',
  'CONTINUE',
  'TTL',
  'HL',
]);

const REJECTS: Readonly<Record<string, RejectKind>> = {
  'icmp-net-unreachable': 'icmp-net-unreachable',
  'net-unreach': 'icmp-net-unreachable',
  'icmp-host-unreachable': 'icmp-host-unreachable',
  'host-unreach': 'icmp-host-unreachable',
  'icmp-proto-unreachable': 'icmp-proto-unreachable',
  'proto-unreach': 'icmp-proto-unreachable',
  'icmp-port-unreachable': 'icmp-port-unreachable',
  'port-unreach': 'icmp-port-unreachable',
  'icmp-net-prohibited': 'icmp-net-prohibited',
  'net-prohib': 'icmp-net-prohibited',
  'icmp-host-prohibited': 'icmp-host-prohibited',
  'host-prohib': 'icmp-host-prohibited',
  'icmp-admin-prohibited': 'icmp-admin-prohibited',
  'admin-prohib': 'icmp-admin-prohibited',
  'tcp-reset': 'tcp-reset',
  'tcp-rst': 'tcp-reset',
  'icmp6-no-route': 'icmp6-no-route',
  'no-route': 'icmp6-no-route',
  'icmp6-adm-prohibited': 'icmp6-adm-prohibited',
  'adm-prohibited': 'icmp6-adm-prohibited',
  'icmp6-addr-unreachable': 'icmp6-addr-unreachable',
  'addr-unreach': 'icmp6-addr-unreachable',
  'icmp6-port-unreachable': 'icmp6-port-unreachable',
  'icmp6-policy-fail': 'icmp6-policy-fail',
  'policy-fail': 'icmp6-policy-fail',
  'icmp6-reject-route': 'icmp6-reject-route',
  'reject-route': 'icmp6-reject-route',
};

const argument = (options: readonly Option[], name: string) => options.find((option) => option.name === name)?.args[0];

function reject(options: readonly Option[], family: Family): Program {
  const text =
    argument(options, '--reject-with') ?? (family === 4 ? 'icmp-port-unreachable' : 'icmp6-port-unreachable');
  const kind = family === 6 && text === 'port-unreach' ? 'icmp6-port-unreachable' : REJECTS[text];
  if (kind === undefined) return unknownProgram(`REJECT with ${text}`);
  return [{ kind: 'verdict', verdict: { kind: 'reject', with: kind } }];
}

const effect = (change: Effect, note: string): Operation => ({ kind: 'effect', effect: change, note });

/** `--set-mark`, `--set-xmark` and so on: how a mark becomes another. */
function markChange(options: readonly Option[]): ((mark: number) => number) | undefined {
  for (const { name, args } of options) {
    const masked = parseMasked(args[0] ?? '');
    if (masked === undefined) continue;
    const { value, mask } = masked;
    if (name === '--set-xmark') return (old) => ((old & ~mask) ^ value) >>> 0;
    if (name === '--set-mark') return (old) => ((old & ~(mask | value)) ^ value) >>> 0;
    if (name === '--and-mark') return (old) => (old & value) >>> 0;
    if (name === '--or-mark') return (old) => (old | value) >>> 0;
    if (name === '--xor-mark') return (old) => (old ^ value) >>> 0;
  }
  return undefined;
}

function mark(options: readonly Option[]): Program {
  const change = markChange(options);
  if (change === undefined) return [effect(() => ({ mark: undefined }), 'sets the mark in an unknown way')];
  return [effect((packet) => ({ mark: packet.mark === undefined ? undefined : change(packet.mark) }), 'sets the mark')];
}

function connmark(options: readonly Option[]): Program {
  const change = markChange(options);
  const tracked = (packet: Packet) => packet.state !== 'UNTRACKED' && packet.state !== 'INVALID';
  if (change !== undefined) {
    return [
      effect((packet) => {
        if (!tracked(packet)) return {};
        return { connectionMark: packet.connectionMark === undefined ? undefined : change(packet.connectionMark) };
      }, "sets the connection's mark"),
    ];
  }
  const both = argument(options, '--mask') ?? '0xffffffff';
  const nfmask = parseMasked(argument(options, '--nfmask') ?? both)?.value;
  const ctmask = parseMasked(argument(options, '--ctmask') ?? both)?.value;
  const save = options.some(({ name }) => name === '--save-mark');
  if (
    nfmask === undefined ||
    ctmask === undefined ||
    (!save && !options.some(({ name }) => name === '--restore-mark'))
  ) {
    return [effect(() => ({ mark: undefined, connectionMark: undefined }), 'sets a mark in an unknown way')];
  }
  return [
    effect(
      (packet) => {
        if (!tracked(packet)) return {};
        if (packet.mark === undefined || packet.connectionMark === undefined) {
          return save ? { connectionMark: undefined } : { mark: undefined };
        }
        return save
          ? { connectionMark: ((packet.connectionMark & ~ctmask) ^ (packet.mark & nfmask)) >>> 0 }
          : { mark: ((packet.mark & ~nfmask) ^ (packet.connectionMark & ctmask)) >>> 0 };
      },
      save ? "saves the mark in the connection's" : "restores the mark from the connection's",
    ),
  ];
}

/** A connection whose destination stays the same counts as not translated (nf_nat_setup_info of the kernel). */
export function translateDestination(packet: Packet, address: Bound, port: number): Partial<Packet> {
  const same = address === packet.address && port === packet.destinationPorts[0];
  return {
    natDone: true,
    address,
    destinationPorts: [port, port],
    destinationTranslated: packet.destinationTranslated || !same,
  };
}

/** SNAT to an address, or to that of the interface that the packet leaves by (MASQUERADE). What comes back for INPUT is not followed. */
export function translateSource(to: string | undefined): Effect {
  return (packet, host) => {
    if (packet.hook === 'input') return { kind: 'unknown', why: 'a translation of the source on the way in' };
    const translatedSource =
      to === undefined ? host.primaryAddress(packet.outInterface, packet.family) : parseAddress(to, packet.family);
    if (translatedSource === undefined) return { kind: 'unknown', why: 'which address the source is translated to' };
    return { natDone: true, sourceTranslated: true, translatedSource };
  };
}

function dnat(options: readonly Option[], family: Family): Program {
  const text = argument(options, '--to-destination');
  if (text === undefined) return unknownProgram('DNAT without a destination that can be read');
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  const colon = family === 4 ? text.indexOf(':') : -1;
  const address = bracketed ? (bracketed[1] as string) : colon < 0 ? text : text.slice(0, colon);
  const portText = bracketed ? bracketed[2] : colon < 0 ? undefined : text.slice(colon + 1);
  const to = address === '' ? undefined : parseAddress(address, family);
  const port = portText === undefined ? undefined : parsePort(portText);
  if ((address !== '' && to === undefined) || (portText !== undefined && port === undefined)) {
    return unknownProgram(`DNAT to one of several destinations: ${text}`);
  }
  return [
    effect(
      (packet) => translateDestination(packet, to ?? packet.address, port ?? packet.destinationPorts[0]),
      `changes the destination to ${text}`,
    ),
    accept,
  ];
}

function redirect(options: readonly Option[]): Program {
  const text = argument(options, '--to-ports') ?? argument(options, '--to-port');
  const ports = text === undefined ? undefined : parsePortRange(text);
  if (text !== undefined && (ports === undefined || ports[0] !== ports[1]))
    return unknownProgram(`REDIRECT to one of ${text}`);
  return [
    effect(
      (packet, host) => {
        const to = host.primaryAddress(packet.inInterface, packet.family);
        if (to === undefined) return { kind: 'unknown', why: 'which address of this host REDIRECT chooses' };
        return translateDestination(packet, to, ports?.[0] ?? packet.destinationPorts[0]);
      },
      `changes the destination to this host${text === undefined ? '' : `, port ${text}`}`,
    ),
    accept,
  ];
}

/** The meaning of a built-in target; undefined for a name that is none (a user chain, or something not known). */
export function readTarget(name: string, options: readonly Option[], family: Family): Program | undefined {
  if (HARMLESS.has(name)) return NO_PROGRAM;
  switch (name) {
    case 'ACCEPT':
      return [accept];
    case 'DROP':
      return [{ kind: 'verdict', verdict: { kind: 'drop' } }];
    case 'RETURN':
      return [{ kind: 'verdict', verdict: { kind: 'return' } }];
    case 'REJECT':
      return reject(options, family);
    case 'MARK':
      return mark(options);
    case 'CONNMARK':
      return connmark(options);
    case 'DNAT':
      return dnat(options, family);
    case 'REDIRECT':
      return redirect(options);
    case 'SNAT':
    case 'MASQUERADE':
      return [effect(translateSource(argument(options, '--to-source')), 'changes the source address'), accept];
    case 'CT':
      if (options.some((option) => option.name.startsWith('--zone')))
        return unknownProgram('a zone of connection tracking');
      return options.some((option) => option.name === '--notrack') ? NOTRACK : NO_PROGRAM;
    case 'NOTRACK':
      return NOTRACK;
    case 'SET':
      return changesSet(options);
    default:
      return undefined;
  }
}

const NOTRACK: Program = [
  effect(
    (packet) => (packet.state === 'INVALID' ? { state: 'UNTRACKED' } : {}),
    'takes the packet out of connection tracking',
  ),
];

function changesSet(options: readonly Option[]): Program {
  const names = options
    .filter(({ name }) => name === '--add-set' || name === '--del-set')
    .map(({ args }) => args[0] ?? '');
  const marks = options.some(({ name }) => name === '--map-set');
  return [
    effect(
      (packet) => ({
        changedSets: [...new Set([...packet.changedSets.split(' ').filter(Boolean), ...names])].sort().join(' '),
        ...(marks && { mark: undefined }),
      }),
      'changes a set',
    ),
  ];
}
