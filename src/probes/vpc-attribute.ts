import * as v from 'valibot';
import { isItem, NotUnderstood } from '../evidence/item.ts';
import { json } from '../evidence/parse/json.ts';
import type { EvidenceLine, Fix } from '../finding.ts';
import { shellQuote } from '../shell.ts';
import type { Reader } from './probe.ts';

/** The attributes of a VPC that decide what its own resolver answers, as DescribeVpcAttribute names its answers' members. */
export type DnsAttribute = 'EnableDnsSupport' | 'EnableDnsHostnames';

const itemOf = (vpcId: string, attribute: DnsAttribute) =>
  `aws/describe-vpc-attribute--${vpcId}--${attribute.replace('E', 'e')}.json` as const;
const value = v.looseObject({ Value: v.boolean() });
const parsers = {
  EnableDnsSupport: json(v.looseObject({ EnableDnsSupport: value })),
  EnableDnsHostnames: json(v.looseObject({ EnableDnsHostnames: value })),
};

/** Whether an attribute of a VPC is on; ends the probe where that was not had. */
export function isOn(e: Pick<Reader<never, never>, 'file' | 'lacks'>, vpcId: string, attribute: DnsAttribute): boolean {
  const name = itemOf(vpcId, attribute);
  const entry = e.file(name);
  if (!isItem(entry)) return e.lacks(name);
  try {
    const document: Partial<Record<DnsAttribute, { Value: boolean }>> = parsers[attribute](entry.text);
    return document[attribute]?.Value === true;
  } catch (error) {
    if (error instanceof NotUnderstood) return e.lacks(name);
    throw error;
  }
}

/** The line that shows an attribute to be off. */
export function offLine(vpcId: string, attribute: DnsAttribute): EvidenceLine {
  return { source: itemOf(vpcId, attribute), line: null, text: `${attribute}: false`, vantage: 'configuration' };
}

/** What turns an attribute on. */
export function turningOn(vpcId: string, attribute: DnsAttribute, risk: string, layer: string): Fix {
  const option = attribute === 'EnableDnsSupport' ? '--enable-dns-support' : '--enable-dns-hostnames';
  const command = (on: boolean) =>
    `aws ec2 modify-vpc-attribute --vpc-id ${shellQuote(vpcId)} ${option} '{"Value":${on}}'`;
  return {
    steps: [
      {
        where: 'AWS',
        run: command(true),
        effect: 'none',
        risk,
        undo: `\`${command(false)}\``,
        verify: `\`dms-doctor check --only ${layer}\`, then DMS’s own connection test`,
      },
    ],
    patches: [{ item: itemOf(vpcId, attribute), path: [attribute, 'Value'], set: true }],
  };
}
