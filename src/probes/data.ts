import { readsChanges } from '../flow.ts';
import { probe } from './probe.ts';
import { someOf } from './wording.ts';

/** Whether the tables can be replicated. */
export const data = probe({
  layer: 'data',
  needs: ['postgres/tables.json'],
  *judge(e) {
    const tables = e.need('postgres/tables.json').filter((table) => ['r', 'p'].includes(table.relkind));
    // d: the primary key, i: an index, f: the whole row, n: nothing (pg_class.relreplident).
    const keyless = tables.filter((table) => table.relreplident === 'n' || (table.relreplident === 'd' && !table.primary_key));
    const unlogged = tables.filter((table) => table.relpersistence === 'u');
    const names = (some: typeof tables) => someOf(some.map((table) => `${table.nspname}.${table.relname}`));
    if (!readsChanges(e.flow) || (keyless.length === 0 && unlogged.length === 0)) {
      const evidence = [e.cite('postgres/tables.json', `${tables.length} tables`)] as const;
      yield { code: 'DAT001', args: { tables: tables.length }, evidence };
      return;
    }
    if (keyless.length > 0)
      yield {
        code: 'DAT002',
        args: { count: keyless.length, of: tables.length, worst: names(keyless) },
        evidence: [e.cite('postgres/tables.json', `no key: ${names(keyless)}`)],
      };
    if (unlogged.length > 0)
      yield {
        code: 'DAT003',
        args: { count: unlogged.length, worst: names(unlogged) },
        evidence: [e.cite('postgres/tables.json', `unlogged: ${names(unlogged)}`)],
      };
  },
});
