// Gathering from AWS: how many calls and how many rounds, for one connection and for all of 100 over 10 instances; and what a
// large account costs, against reading and writing the same answers as JSON. Without a network: the ports answer from memory.
import { setTimeout as wait } from 'node:timers/promises';
import { check } from '../dist/lib/check.js';
import { gatherAws } from '../dist/lib/evidence/aws.js';
import { toEvidence } from '../dist/lib/evidence/evidence-of.js';
import { emptyFlow } from '../dist/lib/flow.js';

const arn = (kind, index) => `arn:aws:dms:eu-west-1:111122223333:${kind}:${index}`;
const many = (length, make) => Array.from({ length }, (_, index) => make(index));
const address = (index) => `10.${Math.floor(index / 65536)}.${Math.floor(index / 256) % 256}.${index % 256}`;

/** An account with so many connections, security groups, subnets and route tables. */
const account = ({ connections, groups = 10, subnets = 10, tables = 5, secret = {} }) => ({
  Endpoints: many(connections, (i) => ({
    EndpointIdentifier: `source-${i}`,
    EndpointArn: arn('endpoint', i),
    EndpointType: 'SOURCE',
    EngineName: 'postgres',
    ServerName: address(i + 512),
    ...secret,
  })),
  ReplicationInstances: many(10, (i) => ({
    ReplicationInstanceIdentifier: `dms-${i}`,
    ReplicationInstanceArn: arn('rep', i),
    ReplicationInstanceStatus: 'available',
    ReplicationInstancePrivateIpAddresses: [address(i + 1)],
    ReplicationSubnetGroup: { VpcId: 'vpc-0' },
  })),
  Connections: many(connections, (i) => ({
    ReplicationInstanceArn: arn('rep', i % 10),
    EndpointArn: arn('endpoint', i),
    Status: 'failed',
  })),
  SecurityGroups: many(groups, (i) => ({
    GroupId: `sg-${i}`,
    GroupName: `group ${i}`,
    VpcId: `vpc-${i % 5}`,
    IpPermissionsEgress: [],
    IpPermissions: many(20, (j) => ({
      IpProtocol: 'tcp',
      FromPort: j,
      ToPort: j,
      IpRanges: [{ CidrIp: `${address(j)}/32` }],
      Ipv6Ranges: [],
      PrefixListIds: [],
      UserIdGroupPairs: [],
    })),
  })),
  Subnets: many(subnets, (i) => ({
    SubnetId: `subnet-${i}`,
    VpcId: `vpc-${i % 5}`,
    CidrBlock: `${address(i * 16)}/28`,
  })),
  RouteTables: many(tables, (i) => ({
    RouteTableId: `rtb-${i}`,
    VpcId: `vpc-${i % 5}`,
    Associations: [],
    Routes: many(50, (j) => ({ DestinationCidrBlock: `${address(j * 256)}/24`, GatewayId: 'local', State: 'active' })),
  })),
});

function portsOf(lists, { pageSize = 1000, delay = 0 } = {}) {
  let calls = 0;
  const send = async (operation, input) => {
    calls += 1;
    if (delay > 0) await wait(delay);
    const member = operation.replace(/^Describe/, '');
    const token = 'MaxRecords' in input ? 'Marker' : 'NextToken';
    const from = Number(input[token] ?? 0);
    const size = Math.min(pageSize, input.MaxRecords ?? input.MaxResults ?? Infinity);
    if (operation === 'DescribeVpcAttribute') return { [input.Attribute.replace('e', 'E')]: { Value: true } };
    const list = lists[member] ?? [];
    return {
      [member]: list.slice(from, from + size),
      ...(from + size < list.length ? { [token]: String(from + size) } : {}),
    };
  };
  return { dms: send, ec2: send, now: () => '2026-11-22T12:00:00Z', calls: () => calls };
}

async function count(request, lists, options) {
  const ports = portsOf(lists, options);
  const { connections, items } = await gatherAws(request, ports);
  const refused = [...items].filter(
    ([name, item]) => 'error' in item && name !== 'aws/describe-network-interfaces.json',
  );
  if (refused.length > 0) throw new Error(`${refused[0][0]}: ${refused[0][1].error}`);
  return { calls: ports.calls(), connections: connections.length };
}

const hundred = account({ connections: 100 });
const one = await count({}, account({ connections: 1 }));
const named = await count({ endpoint: 'source-7' }, hundred);
const all = await count({ all: true }, hundred);
const pages = await count({ all: true }, hundred, { pageSize: 20 });
console.log(
  `calls: one connection ${one.calls}, one of 100 ${named.calls}, all of ${all.connections} over 10 instances ${all.calls} (aim: the same)`,
);
console.log(
  `calls: all of ${pages.connections} at 20 a page ${pages.calls} (aim: ${all.calls} and 4 more pages of each of 2 lists)`,
);
const secret = { PostgreSQLSettings: { SecretsManagerSecretId: 'orders/dms' } };
const oneSecret = await count({}, account({ connections: 1, secret }));
const allSecrets = await count({ all: true }, account({ connections: 100, secret }));
console.log(
  `calls: log-ins from secrets, one connection ${oneSecret.calls}, all of ${allSecrets.connections} ${allSecrets.calls} (aim: ${one.calls} and 4 for their VPC)`,
);
if (oneSecret.calls !== one.calls + 4 || allSecrets.calls !== oneSecret.calls) process.exitCode = 1;
if (one.calls !== all.calls || named.calls !== all.calls || pages.calls !== all.calls + 8 || all.connections !== 100)
  process.exitCode = 1;

const bundleOf = ({ items }) => ({
  items: new Map(
    [...items].map(([name, item]) => [
      name,
      'text' in item
        ? { name, text: item.text, vantage: 'configuration', at: item.at }
        : { name, why: 'not-gathered', detail: item.error },
    ]),
  ),
  flow: emptyFlow,
  collectedAt: '2026-11-22T12:00:00Z',
  notes: [],
});
const { connections, ...gathered } = await gatherAws({ all: true }, portsOf(hundred));
const bundle = bundleOf(gathered);
const judgeOne = ({ endpoint, replicationInstance }) =>
  check(toEvidence(bundle, { ...emptyFlow, endpoint, replicationInstance }));
const spent = (work) => {
  const start = performance.now();
  work();
  return performance.now() - start;
};
const first = spent(() => judgeOne(connections[0]));
const rest = spent(() => connections.slice(1).forEach(judgeOne));
console.log(
  `judging: the first of 100 connections ${first.toFixed(0)} ms, each of the others ${(rest / 99).toFixed(1)} ms (what is read once is shared)`,
);

const delay = 50;
const began = performance.now();
await count({ all: true }, hundred, { delay });
const rounds = (performance.now() - began) / delay;
console.log(
  `rounds: all of 100 take ${rounds.toFixed(2)} times one call's ${delay} ms (aim 2.2: DMS together, then EC2 together)`,
);

const large = account({ connections: 500, groups: 2500, subnets: 1000, tables: 500 });
const written = JSON.stringify(large, null, 4);
const timed = async (work) => {
  const times = [];
  for (let run = 0; run < 5; run += 1) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  return times.toSorted((a, b) => a - b)[2];
};
const reference = await timed(async () => JSON.stringify(JSON.parse(written), null, 4));
const gathering = await timed(() => count({ all: true }, large));
console.log(
  `a large account (${(written.length / 1e6).toFixed(1)} MB): ${(gathering / reference).toFixed(2)} times reading and writing it as JSON, ${gathering.toFixed(0)} ms`,
);
