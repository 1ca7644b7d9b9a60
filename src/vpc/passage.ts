import type { Outcome } from './hop.ts';
import type { Reason } from './verdict.ts';

/** A subnet on the way, named with its VPC. */
export type Place = { readonly subnetId: string; readonly vpcId: string };

/** A stretch of the way between two subnets, on which source and destination addresses stay as they are. */
export type Segment = {
  /** Where the packets leave; undefined where sight ends. */
  readonly near: Place | undefined;
  /** Where they arrive; undefined where sight ends. */
  readonly far: Place | undefined;
  /** The source addresses that `far` may see. */
  readonly sources: readonly string[];
  /** The destination address that `near` sees. */
  readonly destination: string;
  /** Which ports the client end of this stretch uses: those of a host's system, or a NAT gateway's. */
  readonly clientPorts: 'host' | 'nat-gateway';
  /** Set when only packets of this direction take the stretch. */
  readonly only?: 'forward' | 'return';
  /** Set when one of the two subnets is that of a transit gateway's attachment: which. */
  readonly attachment?: 'near' | 'far';
};

/**
 * The way of a flow as far as the routes tell it, or would once they are right: what groups and ACLs are judged over.
 */
export type Passage = {
  readonly segments: readonly Segment[];
  /** The addresses that the far end may see as the source; undefined where that cannot be told. */
  readonly sourceSeen: readonly string[] | undefined;
  /** The block that `sourceSeen` stands for, where the sender may have any address of it. */
  readonly block?: string;
  /** The operations whose answers would tell; empty where nothing is missing. */
  readonly missing: readonly string[];
  /**
   * Set when the answers' way cannot be told: the operations whose answers would tell, none when nothing is missing.
   */
  readonly returnUnknown?: readonly string[];
  /** Whether the far end still knows which security groups the sender has. */
  readonly groups: 'kept' | 'lost' | 'unknown';
  /** The same for the rules by which the sender's groups let packets out. */
  readonly groupsOutbound?: Passage['groups'];
  /** What lies on the way and is not judged, or where sight ends: it keeps every layer from being open. */
  readonly beyond: readonly Reason[];
};

type Transit = Extract<Outcome, { kind: 'delivered' }>['transit'];

/**
 * A stretch as its ends see it, split where packets pass the subnets of a transit gateway's attachments.
 * @param forward the attachments on the way out, as the sender's hop found them.
 * @param back the attachments on the answers' way, as the far end's hop found them.
 */
export function stretches(whole: Segment, forward: Transit, back: Transit): readonly Segment[] {
  if (forward === undefined && back === undefined) return [whole];
  const oneWay = (only: 'forward' | 'return', near: readonly Place[], far: readonly Place[]): readonly Segment[] => [
    ...near.map((place): Segment => ({ ...whole, far: place, only, attachment: 'far' })),
    ...far.map((place): Segment => ({ ...whole, near: place, only, attachment: 'near' })),
  ];
  return [
    ...(forward === undefined
      ? [{ ...whole, only: 'forward' } as const]
      : oneWay('forward', forward.near, forward.far)),
    ...(back === undefined ? [{ ...whole, only: 'return' } as const] : oneWay('return', back.far, back.near)),
  ];
}
