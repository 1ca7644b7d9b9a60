import * as fc from 'fast-check';
import type { ConnectionAttempt } from '../../src/hba/index.ts';
import { clients, longName } from './productions.ts';

/** Connections whose names and addresses are those that the lines speak of. */
export function attempts(ipv6: boolean): fc.Arbitrary<ConnectionAttempt> {
  return fc.record({
    from: fc
      .oneof(
        { weight: 6, arbitrary: fc.constantFrom(...clients) },
        { weight: 1, arbitrary: fc.constantFrom(ipv6 ? '::1' : clients[0]!) },
      )
      .map((client) => [client]),
    database: fc.oneof(
      { weight: 2, arbitrary: fc.constantFrom('orders', 'app') },
      {
        weight: 1,
        arbitrary: fc.constantFrom(
          'Orders',
          'dms',
          'all',
          'replication',
          'or"ders',
          'or"d',
          'a,b',
          'sp ace',
          '+x',
          '@words/databases',
          '@',
          '/^ord',
          longName,
          '',
        ),
      },
    ),
    user: fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom('dms', 'app') },
      {
        weight: 1,
        arbitrary: fc.constantFrom('Dms', 'all', 'boss', '+inner', 'inner', 'stranger', 'orders', longName),
      },
    ),
    tls: fc.boolean(),
    kind: fc.constantFrom('sql' as const, 'sql' as const, 'logical-walsender' as const, 'physical-walsender' as const),
  });
}
