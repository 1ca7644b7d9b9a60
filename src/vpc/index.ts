/** The engine's face: AWS VPC reachability judged from Describe* answers alone. */
export { textHolds } from './address.ts';
export { blocksOf, locate } from './end.ts';
export type { End, InterfaceEnd, NotLocated, OutsideEnd, SubnetEnd } from './end.ts';
export { locateFrom } from './locate-from.ts';
export { mergeTopologies } from './merge.ts';
export type { Merged, Origin } from './merge.ts';
export { judgeNetworkAcls } from './network-acls.ts';
export { patched } from './patch.ts';
export { judgeBlock } from './range.ts';
export type { BlockVerdict, Part } from './range.ts';
export { judgeRoutes } from './routes.ts';
export { judgeSecurityGroups } from './security-groups.ts';
export { judgeService } from './service.ts';
export type { Service } from './service.ts';
export { parts, readTopology } from './topology.ts';
export type { Damage, Topology } from './topology.ts';
export { entriesOperation, transitRoutesOperation } from './topology.ts';
export type { FixStep, Patch, Reason, Status, Verdict, What } from './verdict.ts';
