import { expect, test } from 'vitest';
import { certifies } from '../../src/probes/certificate.ts';

/* The rules of libpq's verify-full: pq_verify_peer_name_matches_certificate and the documentation of sslmode. */
test.each<[string[], string, string, boolean]>([
  [['DNS:db1.internal'], 'CN=other', 'DB1.internal', true],
  [['DNS:db1.internal'], 'CN=db2.internal', 'db2.internal', false],
  [[], 'O=us, CN=db1.internal', 'db1.internal', true],
  [[], 'CN=db1.internal', 'db2.internal', false],
  [['DNS:*.internal'], '', 'db1.internal', true],
  [['DNS:*.internal'], '', 'a.db1.internal', false],
  [['DNS:*.internal'], '', 'internal', false],
  [['DNS:d*.internal'], '', 'db1.internal', false],
  [['DNS:*.0.0.1'], '', '127.0.0.1', false],
  [['IP Address:172.31.40.17'], 'CN=db1', '172.31.40.17', true],
  [['IP Address:172.31.40.17'], 'CN=172.31.40.18', '172.31.40.18', false],
  [['IP Address:2001:DB8:0:0:0:0:0:1'], '', '2001:db8::1', true],
  [['DNS:db1'], 'CN=172.31.40.17', '172.31.40.17', false],
  [[], 'CN=172.31.40.17', '172.31.40.17', true],
  [['IP Address:172.31.40.17'], 'CN=db1.internal', 'db1.internal', true],
  [[], 'O=nobody', 'db1', false],
])('%j, %s, for %s: %s', (names, subject, host, expected) => {
  expect(certifies({ names, subject }, host)).toBe(expected);
});
