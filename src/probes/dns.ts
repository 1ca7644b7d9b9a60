import * as v from 'valibot';
import { isAddress } from '../address.ts';
import { isItem, NotUnderstood } from '../evidence/item.ts';
import { json } from '../evidence/parse/json.ts';
import { shellQuote } from '../shell.ts';
import { networkNeeds, networkOf } from './vpc-topology.ts';
import { addressOfHost, connectionSharpens, sendersIn } from './host-address.ts';
import type { Draft, Reader } from './probe.ts';
import { probe } from './probe.ts';

/** Whether the source's name can be resolved: a literal address needs no resolver, AWS's own names are in the evidence. */
export const dns = probe({
  layer: 'dns',
  needs: networkNeeds,
  sharpens: connectionSharpens,
  *judge(e) {
    const host = e.fact('host');
    const evidence = [{ source: 'flow', line: null, text: `host ${host}`, vantage: 'configuration' }] as const;
    if (isAddress(host)) return yield { code: 'DNS001', args: { host }, evidence };
    const senders = sendersIn(e);
    const found = addressOfHost(e, networkOf(e).topology, senders);
    if (found?.how === 'aws' && !ownResolver(e)) {
      const vpcIds = [...new Set(senders.flatMap(({ vpcId }) => vpcId ?? []))];
      const off = vpcIds.filter((vpcId) => !supportsDns(e, vpcId));
      for (const vpcId of off) yield withoutSupport(vpcId, host);
      if (off.length > 0) return;
      yield {
        code: 'DNS003',
        args: { host, address: found.address },
        evidence: [
          ...evidence,
          e.cite('here/dns.json', `${host}: ${found.address}`),
          e.cite('aws/describe-network-interfaces.json', found.address),
        ],
      };
    } else yield { code: 'DNS002', args: { host }, evidence };
  },
});

const attributeOf = (vpcId: string) => `aws/describe-vpc-attribute--${vpcId}--enableDnsSupport.json` as const;
const attribute = json(v.looseObject({ EnableDnsSupport: v.looseObject({ Value: v.boolean() }) }));

/** Whether the VPC's own resolver answers; ends the probe where that was not had. */
function supportsDns(e: Pick<Reader<never, never>, 'file' | 'lacks'>, vpcId: string): boolean {
  const entry = e.file(attributeOf(vpcId));
  if (!isItem(entry)) return e.lacks(attributeOf(vpcId));
  try {
    return attribute(entry.text).EnableDnsSupport.Value;
  } catch (error) {
    if (error instanceof NotUnderstood) return e.lacks(attributeOf(vpcId));
    throw error;
  }
}

function withoutSupport(vpcId: string, host: string): Draft {
  const command = (value: boolean) =>
    `aws ec2 modify-vpc-attribute --vpc-id ${shellQuote(vpcId)} --enable-dns-support '{"Value":${value}}'`;
  return {
    code: 'DNS004',
    args: { host, vpc: vpcId },
    evidence: [{ source: attributeOf(vpcId), line: null, text: 'EnableDnsSupport: false', vantage: 'configuration' }],
    subject: vpcId,
    fix: {
      steps: [
        {
          where: 'AWS',
          run: command(true),
          effect: 'none',
          risk: 'The VPC’s resolver then answers everything in the VPC that asks it.',
          undo: `\`${command(false)}\``,
          verify: '`dms-doctor check --only dns`, then DMS’s own connection test',
        },
      ],
      patches: [{ item: attributeOf(vpcId), path: ['EnableDnsSupport', 'Value'], set: true }],
    },
  };
}

/** Whether whoever connects asks name servers of its own, whose answers nobody sees. */
function ownResolver(e: Parameters<typeof sendersIn>[0]): boolean {
  const { replicationInstance: name, replicationConfig: serverless } = e.flow;
  const instance = e
    .maybe('aws/describe-replication-instances.json')
    ?.find((one) => one.ReplicationInstanceIdentifier === name || one.ReplicationInstanceArn === name);
  const config = e
    .maybe('aws/describe-replication-configs.json')
    ?.find((one) => one.ReplicationConfigIdentifier === serverless || one.ReplicationConfigArn === serverless);
  return Boolean(serverless === undefined ? instance?.DnsNameServers : config?.ComputeConfig?.DnsNameServers);
}
