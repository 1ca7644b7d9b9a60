import * as v from 'valibot';
import { isAddressOrCidr } from '../address.ts';
import { migrationTypes, tlsModes } from '../flow.ts';

/** The version of the bundle's format that this code reads and writes. */
export const bundleVersion = 1;

/** A bundle that cannot be read at all: exit code 2, one line. */
export class BundleError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BundleError';
  }
}

const vantage = v.picklist(['configuration', 'here', 'host', 'database', 'dms']);
const optional = <S extends v.GenericSchema>(schema: S) => v.nullish(schema);

const manifest = v.looseObject({
  version: optional(v.number()),
  collectedAt: optional(
    v.pipe(
      v.string(),
      v.check((text) => !Number.isNaN(Date.parse(text)), 'is not a date'),
    ),
  ),
  flow: optional(
    v.looseObject({
      from: optional(v.array(v.pipe(v.string(), v.check(isAddressOrCidr, 'is not an address or CIDR')))),
      host: optional(v.string()),
      port: optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535))),
      database: optional(v.string()),
      user: optional(v.string()),
      tls: optional(v.picklist(tlsModes)),
      migrationType: optional(v.picklist(migrationTypes)),
      endpoint: optional(v.string()),
      replicationInstance: optional(v.string()),
      replicationConfig: optional(v.string()),
    }),
  ),
  items: optional(
    v.record(
      v.string(),
      v.looseObject({
        bytes: v.number(),
        sha256: v.string(),
        vantage: optional(vantage),
        at: optional(v.string()),
        caveat: optional(v.string()),
      }),
    ),
  ),
  /** What a reader must know of the evidence as a whole, where the run that saved it said so. */
  notes: optional(v.array(v.string())),
});

/** `bundle.json`: any part may be missing. */
export type Manifest = v.InferOutput<typeof manifest>;

/**
 * Reads `bundle.json`.
 *
 * @throws BundleError where it is not JSON, does not fit, or is of a version that this code does not know
 */
export function parseManifest(text: string, where: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new BundleError(`${where}: bundle.json is not JSON (empty, cut or damaged?); gather the bundle again`);
  }
  const result = v.safeParse(manifest, value);
  if (!result.success) {
    const [issue] = result.issues;
    throw new BundleError(`${where}: bundle.json, ${v.getDotPath(issue) ?? 'document'}: ${issue.message}`);
  }
  const version = result.output.version ?? bundleVersion;
  if (version !== bundleVersion)
    throw new BundleError(
      `${where}: bundle.json is of version ${version}, this dms-doctor reads version ${bundleVersion}; use the release that wrote it`,
    );
  return result.output;
}
