import * as v from 'valibot';
import { json } from './json.ts';

/** `here/dns.json`: the addresses that this machine's resolver gives for names; none where it knows no address. */
export const parseDns = (source: string): Map<string, readonly string[]> =>
  new Map(Object.entries(json(v.record(v.string(), v.array(v.string())))(source)));

/** `here/tls.json`: whether the server offered TLS, and the certificate that it showed to this machine. */
export const parseTls = json(
  v.looseObject({
    host: v.string(),
    port: v.number(),
    offered: v.boolean(),
    protocol: v.nullish(v.string()),
    certificate: v.optional(
      v.looseObject({
        subject: v.string(),
        issuer: v.string(),
        names: v.array(v.string()),
        validFrom: v.string(),
        validTo: v.string(),
        sha256: v.string(),
      }),
    ),
    /** `ok`, or what is wrong with its chain, held against `against`. */
    chain: v.optional(v.string()),
    against: v.optional(v.string()),
  }),
);

/** `here/session.json`: where this machine tried to log in, which way led there, and what turned it away before. */
export const parseSession = json(
  v.looseObject({
    host: v.string(),
    port: v.number(),
    user: v.string(),
    database: v.string(),
    addresses: v.array(v.string()),
    way: v.nullable(v.string()),
    refusals: v.array(
      v.looseObject({
        phase: v.picklist(['name', 'connect', 'tls', 'login']),
        way: v.string(),
        code: v.optional(v.string()),
        message: v.string(),
      }),
    ),
  }),
);
