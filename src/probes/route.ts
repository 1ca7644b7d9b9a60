import { judgeRoutes } from '../vpc/index.ts';
import { vpcProbe } from './vpc.ts';

/** Whether routes lead from the replication instance to the source and back. */
export const route = vpcProbe({ layer: 'route', open: 'RTE001', closed: 'RTE002', unknown: 'RTE003' }, judgeRoutes);
