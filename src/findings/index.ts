import { dnsCodes, networkAclCodes, routeCodes, securityGroupCodes } from './aws.ts';
import { endpointCodes } from './endpoint.ts';
import { evidenceCodes } from './evidence.ts';
import { firewalldCodes, iptablesCodes, nftablesCodes, shorewallCodes, ufwCodes } from './firewall.ts';
import { capacityCodes, dataCodes, restartCodes, targetCodes, taskCodes } from './readiness.ts';
import {
  pluginCodes,
  roleCodes,
  sendersCodes,
  slotsCodes,
  standbyCodes,
  walLevelCodes,
  walRetentionCodes,
} from './replication.ts';
import { databaseCodes, hbaCodes, listenerCodes, loginCodes, tlsCodes } from './session.ts';

export type { Words } from './define.ts';

/** The catalogue: every code with its status and words, in path order. */
export const catalogue = {
  ...endpointCodes,
  ...dnsCodes,
  ...routeCodes,
  ...securityGroupCodes,
  ...networkAclCodes,
  ...iptablesCodes,
  ...nftablesCodes,
  ...shorewallCodes,
  ...ufwCodes,
  ...firewalldCodes,
  ...listenerCodes,
  ...tlsCodes,
  ...hbaCodes,
  ...loginCodes,
  ...databaseCodes,
  ...roleCodes,
  ...walLevelCodes,
  ...slotsCodes,
  ...sendersCodes,
  ...pluginCodes,
  ...standbyCodes,
  ...walRetentionCodes,
  ...restartCodes,
  ...capacityCodes,
  ...dataCodes,
  ...targetCodes,
  ...taskCodes,
  ...evidenceCodes,
} as const;

/** A code of the catalogue. */
export type Code = keyof typeof catalogue;

/** The facts that a code's words are made of. */
export type ArgsOf<C extends Code> = Parameters<(typeof catalogue)[C]['summary']>[0];

/** Where a code's long form stands. */
export function docsOf(code: string): string {
  return `docs/codes.md#${code.toLowerCase()}`;
}
