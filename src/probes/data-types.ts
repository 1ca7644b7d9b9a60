import type { DataReader } from './data.ts';
import type { Draft } from './probe.ts';
import { someOf } from './wording.ts';

/** Types that do not migrate between PostgreSQL ends (AWS DMS user guide, limitations); CIDR does. */
const unmoved = ['inet', 'macaddr', 'macaddr8', 'tsvector', 'tsquery', 'line', 'lseg', 'box', 'path', 'circle'];
/** PostGIS moves between PostGIS ends only. */
const postgis = ['geometry', 'geography', 'raster'];

/** Columns whose type DMS does not move, or moves into another one; counted for the whole database. */
export function* columnTypes(e: DataReader): Generator<Draft, void> {
  const types = e.need('postgres/column-types.json');
  // typtype (pg_type): e enum, c composite, r range, m multirange.
  const bad = types.filter(
    (one) =>
      ['e', 'c', 'r', 'm'].includes(one.typtype) || (one.type_schema === 'pg_catalog' && unmoved.includes(one.typname)),
  );
  const words = (some: typeof types) =>
    someOf(some.map((one) => `${one.typname} (${one.columns}, such as ${one.example})`));
  const total = (some: typeof types) => some.reduce((sum, one) => sum + one.columns, 0);
  if (bad.length > 0)
    yield {
      code: 'DAT007',
      args: { columns: total(bad), worst: words(bad) },
      evidence: [e.cite('postgres/column-types.json', words(bad))],
    };
  const spatial = types.filter((one) => postgis.includes(one.typname));
  if (spatial.length > 0)
    yield {
      code: 'DAT015',
      args: { columns: total(spatial), worst: words(spatial) },
      evidence: [e.cite('postgres/column-types.json', words(spatial))],
    };
  const unbounded = types.filter((one) => one.unbounded && one.typname === 'numeric');
  if (unbounded.length > 0)
    yield {
      code: 'DAT016',
      args: { columns: total(unbounded), worst: words(unbounded) },
      evidence: [e.cite('postgres/column-types.json', words(unbounded))],
    };
}
