import { isAddress } from '../address.ts';
import { networkNeeds, networkOf } from './vpc-topology.ts';
import { addressOfHost, connectionSharpens, sendersIn } from './host-address.ts';
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
    const found = addressOfHost(e, networkOf(e).topology, sendersIn(e));
    if (found?.how === 'aws' && !ownResolver(e))
      yield {
        code: 'DNS003',
        args: { host, address: found.address },
        evidence: [
          ...evidence,
          e.cite('here/dns.json', `${host}: ${found.address}`),
          e.cite('aws/describe-network-interfaces.json', found.address),
        ],
        caveats: ['That DNS support of the VPC (enableDnsSupport) is on was not looked at.'],
      };
    else yield { code: 'DNS002', args: { host }, evidence };
  },
});

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
