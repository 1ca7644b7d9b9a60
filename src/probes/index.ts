import type { Layer } from '../layers.ts';
import { capacity } from './capacity.ts';
import { data } from './data.ts';
import { database } from './database.ts';
import { dns } from './dns.ts';
import { endpoint } from './endpoint.ts';
import { firewallProbes } from './firewall.ts';
import { listener } from './listener.ts';
import { login } from './login.ts';
import { networkAcl } from './network-acl.ts';
import { pgHba } from './pg-hba.ts';
import { plugin } from './plugin.ts';
import type { Probe } from './probe.ts';
import { restart } from './restart.ts';
import { role } from './role.ts';
import { route } from './route.ts';
import { securityGroup } from './security-group.ts';
import { senders } from './senders.ts';
import { slots } from './slots.ts';
import { standby } from './standby.ts';
import { ofSourceOnly, sourceLayers } from './target-side.ts';
import { target } from './target.ts';
import { task } from './task.ts';
import { tls } from './tls.ts';
import { walLevel } from './wal-level.ts';
import { walRetention } from './wal-retention.ts';

/** In a source's layers, where the endpoint is a target. */
export const instead: ReadonlyMap<Layer, Probe> = new Map(sourceLayers.map((layer) => [layer, ofSourceOnly(layer)]));

/** Every layer's probe, in path order. */
export const probes: readonly Probe[] = [
  endpoint,
  dns,
  route,
  securityGroup,
  networkAcl,
  ...firewallProbes,
  listener,
  tls,
  pgHba,
  login,
  database,
  role,
  walLevel,
  slots,
  senders,
  plugin,
  standby,
  walRetention,
  restart,
  capacity,
  data,
  target,
  task,
];
