import { judgeSecurityGroups } from '../vpc/index.ts';
import { vpcProbe } from './vpc.ts';

/** Whether the security groups of both ends admit the connection. */
export const securityGroup = vpcProbe(
  { layer: 'security-group', open: 'SG001', closed: 'SG002', unknown: 'SG003' },
  judgeSecurityGroups,
);
