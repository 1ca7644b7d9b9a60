/** What a layer says of evidence that it rests on and that is not there, or not as it should be. */
import type { Absence, Evidence, How, Item } from '../evidence/item.ts';
import { isItem } from '../evidence/item.ts';
import type { ItemName } from '../evidence/items.ts';
import { items } from '../evidence/items.ts';
import { quoteLine } from '../evidence/reader.ts';
import type { EvidenceLine } from '../finding.ts';
import type { Draft, FlowFact } from '../probes/probe.ts';

const absenceCodes = {
  'not-gathered': 'EVD001',
  'not-installed': 'EVD001',
  denied: 'EVD002',
  'timed-out': 'EVD003',
  damaged: 'EVD004',
} as const;

/** An item that a layer needs and that is not there. */
export function absent(name: ItemName, absence: Absence): Draft {
  return {
    code: absenceCodes[absence.why],
    args: { item: withoutError(absence.name), detail: absence.detail, how: howToGet(name) },
    evidence: [lineAbout(name, absence)],
    subject: name,
  };
}

/** The item that an absence is about; `NAME.error` is the file that says why there is none. */
function withoutError(name: string): string {
  return name.replace(/\.error$/, '');
}

/** The same of a file whose name is only known when it is asked for (an include, an answer about one VPC). */
export function absentFile(name: string, absence: Absence): Draft {
  const [, operation] = /^aws\/(?:[^/]+\/[^/]+\/)?([a-z-]+?)(?:--.*)?\.json$/.exec(name) ?? [];
  const how =
    operation === undefined ? 'host-facts.sh on the source host (as root)' : `aws ec2 ${operation} --output json`;
  const vantage = operation === undefined ? 'host' : 'configuration';
  return {
    code: absenceCodes[absence.why],
    args: { item: name, detail: absence.detail, how },
    evidence: [{ source: name, line: null, text: absence.detail, vantage }],
    subject: name,
  };
}

/** An item that is there and is not what it should be; `line` counts from 1. */
export function notUnderstood(name: ItemName, found: Item | Absence, why: string, line: number | null): Draft {
  return {
    code: 'EVD005',
    args: { item: found.name, detail: line === null ? why : `line ${line}: ${why}`, how: howToGet(name) },
    evidence: [isItem(found) && line !== null ? quoteLine(found, line) : { ...lineAbout(name, found), text: why }],
    subject: found.name,
  };
}

function howToGet(name: ItemName): string {
  const { run: command, root }: How = items[name].how;
  return root === true ? `${command} (as root)` : command;
}

/** An entry as evidence as a whole: why it is absent, or that it is there. */
export function lineAbout(name: ItemName, found: Item | Absence): EvidenceLine {
  const text = isItem(found) ? '' : `${found.why}: ${found.detail}`;
  return { source: found.name, line: null, text, vantage: items[name].vantage };
}

const factNames: Record<FlowFact, { fact: string; option: string }> = {
  from: { fact: "the replication instance's address", option: '--from' },
  host: { fact: "the source's address", option: '--host' },
  port: { fact: "the source's port", option: '--port' },
  database: { fact: "the endpoint's database", option: '--database' },
  user: { fact: "the endpoint's user", option: '--user' },
  tls: { fact: "the endpoint's TLS mode", option: '--tls' },
  endpoint: { fact: 'the DMS endpoint', option: '--endpoint' },
  replicationInstance: { fact: 'the replication instance', option: '--replication-instance' },
  replicationConfig: { fact: 'the serverless replication', option: '--replication-config' },
};

/** Which answer of DMS would have told a fact that nobody gave. */
const toldBy: Record<FlowFact, ItemName> = {
  from: 'aws/describe-replication-instances.json',
  host: 'aws/describe-endpoints.json',
  port: 'aws/describe-endpoints.json',
  database: 'aws/describe-endpoints.json',
  user: 'aws/describe-endpoints.json',
  tls: 'aws/describe-endpoints.json',
  endpoint: 'aws/describe-endpoints.json',
  replicationInstance: 'aws/describe-replication-instances.json',
  replicationConfig: 'aws/describe-replication-configs.json',
};

const serverlessAnswers: readonly ItemName[] = [
  'aws/describe-replication-configs.json',
  'aws/describe-replication-subnet-groups.json',
  'aws/describe-subnets.json',
];

/** A fact of the flow that nobody gave; where DMS was asked for it in vain, what it did not answer. */
export function unknownFact(key: FlowFact, evidence: Evidence): Draft {
  // Where DMS was asked and did not answer, that is what is missing.
  const serverless = key === 'from' && evidence.flow.replicationConfig !== undefined;
  for (const name of serverless ? serverlessAnswers : [toldBy[key]]) {
    const source = evidence.items.get(name);
    if (source !== undefined && !isItem(source)) return absent(name, source);
  }
  return {
    code: 'EVD007',
    args: factNames[key],
    evidence: [{ source: 'bundle.json', line: null, text: `flow.${key} is not given`, vantage: 'configuration' }],
    subject: key,
  };
}

/** A probe that failed on this evidence, which is a defect of its own and never a pass. */
export function crashed(error: unknown): Draft {
  const message = error instanceof Error ? error.message : String(error);
  return {
    code: 'EVD006',
    args: { message },
    evidence: [{ source: 'dms-doctor', line: null, text: message, vantage: 'here' }],
  };
}

/** Damage that no probe in scope came across still forbids `open`: the evidence is not what was gathered. */
export function unreadDamage(evidence: Evidence, read: ReadonlySet<string>): Draft[] {
  const damaged = [...evidence.items]
    .filter(([name, entry]) => !isItem(entry) && entry.why === 'damaged' && !read.has(name))
    .map(([, entry]) => entry as Absence);
  const [first, ...rest] = damaged;
  if (first === undefined) return [];
  const lineOf = ({ name, detail }: Absence): EvidenceLine => ({
    source: name,
    line: null,
    text: `damaged: ${detail}`,
    vantage: 'here',
  });
  return [
    {
      code: 'EVD010',
      args: { item: first.name, detail: first.detail, more: rest.length },
      evidence: [lineOf(first), ...rest.map(lineOf)],
    },
  ];
}
