import { readsChanges } from '../flow.ts';
import { probe } from './probe.ts';

/** Whether the source is a primary, or a standby that can decode. */
export const standby = probe({
  layer: 'standby',
  needs: ['postgres/server.json'],
  *judge(e) {
    const server = e.need('postgres/server.json');
    const version = server.server_version;
    const evidence = [e.cite('postgres/server.json', `pg_is_in_recovery = ${server.pg_is_in_recovery}`)] as const;
    if (!server.pg_is_in_recovery) yield { code: 'STB001', args: { version }, evidence };
    // Logical decoding on a standby came with PostgreSQL 16; a full load only reads.
    else if (readsChanges(e.flow) && server.server_version_num < 160_000) yield { code: 'STB002', args: { version }, evidence };
    else yield { code: 'STB003', args: { version }, evidence };
  },
});
