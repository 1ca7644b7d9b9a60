/** What a DMS task does: which layers apply follows from it. */
export const migrationTypes = ['full-load', 'cdc', 'full-load-and-cdc'] as const;
/** What a DMS task does. */
export type MigrationType = (typeof migrationTypes)[number];

/** The TLS modes that a DMS endpoint for PostgreSQL can have (`SslMode` of the DMS API). */
export const tlsModes = ['none', 'require', 'verify-ca', 'verify-full'] as const;
/** The TLS mode of a DMS endpoint. */
export type TlsMode = (typeof tlsModes)[number];

/**
 * The connection that is judged. A fact that is not known is `undefined`, never guessed; probes that need it say so.
 */
export type Flow = {
  /** Every address (IPv4 or IPv6) or CIDR that the connection may come from, as the source host sees it. */
  readonly from: readonly string[];
  /** Name or literal address of the source, as the endpoint's definition has it. */
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly database: string | undefined;
  readonly user: string | undefined;
  readonly tls: TlsMode | undefined;
  readonly migrationType: MigrationType | undefined;
  /** Identifier or ARN of the DMS source endpoint. */
  readonly endpoint: string | undefined;
  /** Identifier or ARN of the DMS replication instance. */
  readonly replicationInstance: string | undefined;
  /** Identifier or ARN of the configuration of a serverless replication, which has no instance. */
  readonly replicationConfig: string | undefined;
};

/** A flow of which nothing is known. */
export const emptyFlow: Flow = {
  from: [],
  host: undefined,
  port: undefined,
  database: undefined,
  user: undefined,
  tls: undefined,
  migrationType: undefined,
  endpoint: undefined,
  replicationInstance: undefined,
  replicationConfig: undefined,
};

/** What is judged where nobody says otherwise: the migration that needs the most of a source. */
export const defaultMigrationType: MigrationType = 'full-load-and-cdc';

/** Lays flows over each other, the first one that knows a fact wins. */
export function overlay(...flows: readonly Flow[]): Flow {
  const pick = <K extends keyof Flow>(key: K): Flow[K] =>
    (flows.find((flow) => (key === 'from' ? flow.from.length > 0 : flow[key] !== undefined)) ?? emptyFlow)[key];
  return {
    from: pick('from'),
    host: pick('host'),
    port: pick('port'),
    database: pick('database'),
    user: pick('user'),
    tls: pick('tls'),
    migrationType: pick('migrationType'),
    endpoint: pick('endpoint'),
    replicationInstance: pick('replicationInstance'),
    replicationConfig: pick('replicationConfig'),
  };
}

/** Whether this migration reads changes, and so needs logical replication. */
export function readsChanges(flow: Flow): boolean {
  return (flow.migrationType ?? defaultMigrationType) !== 'full-load';
}
