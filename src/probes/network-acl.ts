import { judgeNetworkAcls } from '../vpc/index.ts';
import { vpcProbe } from './vpc.ts';

/** Whether the network ACLs of both subnets admit the connection and its answers. */
export const networkAcl = vpcProbe(
  { layer: 'network-acl', open: 'ACL001', closed: 'ACL002', unknown: 'ACL003' },
  judgeNetworkAcls,
);
