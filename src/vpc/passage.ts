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
};

/** The way of a flow as far as the routes tell it, or would once they are right: what groups and ACLs are judged over. */
export type Passage = {
  readonly segments: readonly Segment[];
  /** The addresses that the far end may see as the source; undefined where that cannot be told. */
  readonly sourceSeen: readonly string[] | undefined;
  /** The block that `sourceSeen` stands for, where the sender may have any address of it. */
  readonly block?: string;
  /** The operations whose answers would tell; empty where nothing is missing. */
  readonly missing: readonly string[];
  /** Whether the far end still knows which security groups the sender has. */
  readonly groups: 'kept' | 'lost' | 'unknown';
  /** What lies on the way and is not judged, or where sight ends: it keeps every layer from being open. */
  readonly beyond: readonly Reason[];
};
