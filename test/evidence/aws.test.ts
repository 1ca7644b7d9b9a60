import { expect, test } from 'vitest';
import { gatherAws } from '../../src/evidence/aws.ts';
import { awsPorts } from '../../src/evidence/aws/ports.ts';
import { documentsOf, startAwsServer } from '../support/aws-server.ts';
import { filesOf } from '../support/bundles.ts';

test('x', async () => {
  const server = await startAwsServer(documentsOf(filesOf('legacy-host')), { pageSize: 2 });
  process.env['AWS_ENDPOINT_URL'] = server.url;
  process.env['AWS_ACCESS_KEY_ID'] = 'AKIAEXAMPLE';
  process.env['AWS_SECRET_ACCESS_KEY'] = 'example';
  const ports = awsPorts({ region: 'eu-west-1' });
  const got = await gatherAws({}, { ...ports, now: () => '2026-11-22T11:00:00Z' });
  ports.close();
  await server.close();
  console.log(got.connections, got.problem, server.asked.length);
  for (const [name, item] of got.items) console.log(name, 'error' in item ? item.error : item.text.length);
  console.log(got.items.get('aws/describe-security-groups.json'));
});
