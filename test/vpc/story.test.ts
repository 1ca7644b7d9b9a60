import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { locate, readTopology } from '../../src/vpc/index.ts';
import { judge, patchAll, resolved } from './networks.ts';
import type { Layer } from './networks.ts';

const story = join(import.meta.dirname, '../lab/story/aws');

function documentsOf(...folders: string[]): Record<string, unknown> {
  return Object.fromEntries(
    folders.flatMap((folder) =>
      readdirSync(join(story, folder, 'aws')).map((name): [string, unknown] => [
        name.replace(/\.json$/, ''),
        JSON.parse(readFileSync(join(story, folder, 'aws', name), 'utf8')),
      ]),
    ),
  );
}

function ends(...folders: string[]) {
  const all = documentsOf(...folders);
  const { topology, damaged } = readTopology(all);
  expect(damaged).toEqual([]);
  const [from, to] = [locate(topology, '172.31.23.112'), locate(topology, '172.31.40.17')];
  if (from.kind === 'unknown' || to.kind === 'unknown') throw new Error('the ends are not in the story');
  return { all, topology, from, to };
}

const layers: Layer[] = ['routes', 'security-groups', 'network-acls'];

describe("the legacy host's side of AWS", () => {
  it('finds the replication instance and the source by address', () => {
    const { from, to } = ends('legacy-host');
    expect(from).toMatchObject({ interfaceId: 'eni-0d35000000000d511', securityGroupIds: ['sg-0d3500000000000d5'] });
    expect(to).toMatchObject({ interfaceId: 'eni-0db1000000000e111', subnetId: 'subnet-0bbb000000000002b' });
  });

  it.each(layers)('%s are open', (layer) => {
    const { all, topology, from, to } = ends('legacy-host');
    const verdict = judge(layer, topology, from, to);
    expect(verdict.status).toBe('open');
    expect(verdict.missing).toBeUndefined();
    for (const reason of verdict.reasons) expect(resolved(all, reason)).toBeDefined();
    if (layer === 'routes') expect(verdict.sourceSeen).toEqual(['172.31.23.112']);
  });

  it('a closed security group is the one wall, and its fix opens it', () => {
    const { topology, from, to } = ends('legacy-host', 'closed-security-group');
    expect(judge('routes', topology, from, to).status).toBe('open');
    expect(judge('network-acls', topology, from, to).status).toBe('open');
    const verdict = judge('security-groups', topology, from, to);
    expect(verdict.status).toBe('closed');
    expect(verdict.fix?.map((step) => step.command)).toEqual([
      `aws ec2 authorize-security-group-ingress --group-id sg-0db1000000000005b --ip-permissions '[{"IpProtocol":"tcp","FromPort":5432,"ToPort":5432,"UserIdGroupPairs":[{"GroupId":"sg-0d3500000000000d5"}]}]'`,
    ]);
    expect(verdict.fix?.[0]).toMatchObject({
      undo: expect.stringContaining('aws ec2 revoke-security-group-ingress --group-id sg-0db1000000000005b') as string,
      risk: 'Admits tcp 5432 from sg-0d3500000000000d5. The group is also on eni-0db2000000000e222. Whatever gets sg-0d3500000000000d5 later is admitted as well.',
    });
    expect(verdict.reasons.map(({ status, text }) => [status, text])).toEqual([
      ['open', 'sg-0d3500000000000d5 (dms) lets out all 0.0.0.0/0'],
      [
        'closed',
        'sg-0db1000000000005b lets in tcp 5432 172.31.32.0/20; tcp 22 172.31.0.0/16: not tcp 5432 172.31.23.112',
      ],
    ]);
    expect(judge('security-groups', patchAll(topology, verdict), from, to).status).toBe('open');
  });

  it.each([
    ['app1', '172.31.36.21'],
    ['the standby', '172.31.44.9'],
  ])('%s reaches the source in every telling', (_name, address) => {
    const { topology, to } = ends('legacy-host', 'closed-security-group');
    const from = locate(topology, address);
    if (from.kind === 'unknown') throw new Error(from.detail);
    for (const layer of layers) expect(judge(layer, topology, from, to).status).toBe('open');
  });
});
