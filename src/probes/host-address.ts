import type { HostAddress } from '../evidence/network/host-address.ts';
import { hostAddress } from '../evidence/network/host-address.ts';
import { sendersOf } from '../evidence/network/senders.ts';
import type { Sender } from '../evidence/network/senders.ts';
import type { Topology } from '../vpc/index.ts';
import type { Reader } from './probe.ts';

/** What tells who connects, and which address the source's name has. */
export const connectionSharpens = [
  'aws/describe-replication-instances.json',
  'aws/describe-replication-configs.json',
  'aws/describe-replication-subnet-groups.json',
  'here/dns.json',
] as const;

/** A reader of what tells who connects. */
export type ConnectionReader = Reader<never, (typeof connectionSharpens)[number]>;

/**
 * Who opens the flow's connection, as far as DMS's answers tell.
 *
 * @param six whether their IPv6 addresses are meant; those that the source's address asks for where it is not said
 */
export function sendersIn(e: ConnectionReader, six = e.flow.host?.includes(':') === true): readonly Sender[] {
  const serverless = e.flow.replicationConfig !== undefined;
  return sendersOf(
    e.flow,
    {
      instances: serverless ? undefined : e.maybe('aws/describe-replication-instances.json'),
      configs: serverless ? e.maybe('aws/describe-replication-configs.json') : undefined,
      subnetGroups: serverless ? e.maybe('aws/describe-replication-subnet-groups.json') : undefined,
    },
    six,
  );
}

/** The address that the flow's host stands for; undefined where it is a name of which nothing was seen. */
export function addressOfHost(
  e: ConnectionReader,
  topology: Pick<Topology, 'networkInterfaces' | 'peeringConnections'>,
  senders: readonly Sender[],
): HostAddress | undefined {
  const host = e.fact('host');
  const literal = hostAddress(host, undefined, {}, []);
  if (literal?.how === 'literal') return literal;
  const vpcIds = senders.flatMap(({ vpcId }) => vpcId ?? []);
  return hostAddress(host, e.maybe('here/dns.json'), topology, vpcIds);
}
