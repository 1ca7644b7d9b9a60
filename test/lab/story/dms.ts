import { connectAsDms, type Login, replicationCommand } from '../clients.ts';
import type { Host } from '../host.ts';

/** As whom DMS connects to the source. */
export const dms: Login = {
  server: '172.31.40.17',
  port: 5432,
  database: 'orders',
  user: 'dms',
  password: 'dms-password',
};

/**
 * Connects as DMS does, from the replication instance, which must run into its time limit.
 * @returns the first line of what the driver says
 * @throws when it connects, or fails with another text
 */
export async function dmsTimesOut(ri: Host): Promise<string> {
  const { connected, text } = await connectAsDms(ri, dms);
  if (connected || !text.includes('timeout expired'))
    throw new Error(`DMS should time out, but it saw: ${text || 'no error'}`);
  return text.split('\n')[0] ?? '';
}

/**
 * Connects as DMS does, and makes (and drops) the logical replication slot that its change capture needs.
 * @throws with the driver's or the server's text when one of these fails
 */
export async function dmsGetsThrough(ri: Host): Promise<void> {
  const { connected, text } = await connectAsDms(ri, dms);
  if (!connected) throw new Error(`DMS cannot connect: ${text}`);
  for (const command of ['CREATE_REPLICATION_SLOT dms_slot LOGICAL test_decoding', 'DROP_REPLICATION_SLOT dms_slot']) {
    const { code, stderr } = await replicationCommand(ri, dms, command);
    if (code !== 0) throw new Error(`${command} fails: ${stderr}`);
  }
}
