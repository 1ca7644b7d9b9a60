import type { Cause } from '../cause.ts';
import { aws } from './aws.ts';
import { dms } from './dms.ts';
import { login } from './login.ts';
import { mysql } from './mysql.ts';
import { network } from './network.ts';
import { oracle } from './oracle.ts';
import { others } from './others.ts';
import { replication } from './replication.ts';
import { role } from './role.ts';
import { server } from './server.ts';
import { sqlserver } from './sqlserver.ts';
import { tls } from './tls.ts';

/** Every cause that `explain` knows, in path order and then by engine. */
export const causes: readonly Cause[] = [
  ...network,
  ...tls,
  ...login,
  ...server,
  ...role,
  ...replication,
  ...dms,
  ...aws,
  ...mysql,
  ...sqlserver,
  ...oracle,
  ...others,
];
