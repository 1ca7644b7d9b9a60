import { isAddress } from '../address.ts';
import { isOn, offLine, turningOn } from './vpc-attribute.ts';
import { networkNeeds, networkOf } from './vpc-topology.ts';
import { addressOfHost, connectionSharpens, sendersIn } from './host-address.ts';
import type { ConnectionReader } from './host-address.ts';
import type { Draft } from './probe.ts';
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
      const off = vpcIds.filter((vpcId) => !isOn(e, vpcId, 'EnableDnsSupport'));
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

function withoutSupport(vpcId: string, host: string): Draft {
  return {
    code: 'DNS004',
    args: { host, vpc: vpcId },
    evidence: [offLine(vpcId, 'EnableDnsSupport')],
    subject: vpcId,
    fix: turningOn(
      vpcId,
      'EnableDnsSupport',
      'The VPC’s resolver then answers everything in the VPC that asks it.',
      'dns',
    ),
  };
}

/** Whether whoever connects asks name servers of its own, whose answers nobody sees. */
export function ownResolver(e: ConnectionReader): boolean {
  const { replicationInstance: name, replicationConfig: serverless } = e.flow;
  const instance = e
    .maybe('aws/describe-replication-instances.json')
    ?.find((one) => one.ReplicationInstanceIdentifier === name || one.ReplicationInstanceArn === name);
  const config = e
    .maybe('aws/describe-replication-configs.json')
    ?.find((one) => one.ReplicationConfigIdentifier === serverless || one.ReplicationConfigArn === serverless);
  return Boolean(serverless === undefined ? instance?.DnsNameServers : config?.ComputeConfig?.DnsNameServers);
}
