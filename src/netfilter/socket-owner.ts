import type { HostView } from './host-view.ts';
import type { ReadModule } from './match-reader.ts';
import { portsIn } from './match-options.ts';
import { FLAGS, type Packet, type PortRange } from './packet.ts';
import { doubtful, type Doubt, type Match } from './program.ts';
import { every } from './truth.ts';
import type { Option } from './rule-words.ts';

const NOT_KNOWN: Doubt = { kind: 'unknown', why: 'the user whose socket answers' };

/**
 * Whose socket sends the packet: `none` for what is forwarded and for a reset that a rule sends, `kernel` for its ICMP errors,
 * else the listener's user or group, where known (skb_to_full_sk of the kernel: a SYN-ACK belongs to the listener).
 */
export function socketOwner(
  packet: Packet,
  { host: { listener } }: HostView,
  of: 'uid' | 'gid',
): number | 'none' | 'kernel' | Doubt {
  if (packet.hook !== 'output' && packet.hook !== 'postrouting') return packet.hook === 'input' ? NOT_KNOWN : 'none';
  if (packet.inInterface !== undefined) return 'none';
  if (packet.protocol !== 'tcp') return 'kernel';
  if ((packet.flags & FLAGS.RST) !== 0) return 'none';
  return listener?.[of] ?? NOT_KNOWN;
}

const id = (text: string): PortRange | undefined => {
  const found = /^(\d{1,10})(?:-(\d{1,10}))?$/.exec(text);
  return found ? [Number(found[1]), Number(found[2] ?? found[1])] : undefined;
};

/** `--uid-owner`, `--gid-owner`, `--socket-exists` (xt_owner of the kernel: a packet without a socket passes what is negated only). */
export const owner: ReadModule = ({ options }) => every(options.map((option) => readOption(option, options)));

function readOption({ name, args, not }: Option, options: readonly Option[]): Match {
  if (name === '--socket-exists') {
    return (packet, _, host) => {
      const found = socketOwner(packet, host, 'uid');
      return (found === 'none') === not;
    };
  }
  const of = name === '--uid-owner' ? 'uid' : name === '--gid-owner' ? 'gid' : undefined;
  const range = id(args[0] ?? '');
  if (of === undefined || range === undefined || options.some((other) => other.name === '--suppl-groups'))
    return doubtful('the user whose socket answers');
  return (packet, _, host) => {
    const found = socketOwner(packet, host, of);
    if (found === 'none' || found === 'kernel') return not;
    return typeof found === 'number' ? (portsIn([found, found], [range]) === true) !== not : found;
  };
}
