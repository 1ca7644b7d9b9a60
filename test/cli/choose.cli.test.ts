import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { documentsOf } from '../support/aws-server-documents.ts';
import { startAwsServer } from '../support/aws-server.ts';
import type { AwsServer } from '../support/aws-server.ts';
import { filesOf } from '../support/bundles.ts';
import { project } from './run.ts';
import { keys, typed } from './terminal.ts';

/*
 * Two connections that failed, and nobody said which is meant: the built command line asks on a real terminal.
 */
const documents = documentsOf(filesOf('legacy-host'));
const { Connections: connections } = documents['describe-connections'] as { Connections: object[] };
const { Endpoints: endpoints } = documents['describe-endpoints'] as { Endpoints: { EndpointArn: string }[] };
const both = connections.slice(0, 1).flatMap((one) => [one, { ...one, EndpointArn: endpoints[1]?.EndpointArn }]);
const prompt = 'Number (1 to 2, empty for none): ';

let folder = '';
let server: AwsServer;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'dms-doctor-choose-'));
  for (const part of ['host', 'postgres'])
    cpSync(path.join(project, 'fixtures/legacy-host', part), path.join(folder, part), { recursive: true });
  server = await startAwsServer({ ...documents, 'describe-connections': { Connections: both } });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** One run with these answers, and the connection that its report is about. */
const asked = (...answers: string[]) => askedOn(80, answers);
async function askedOn(columns: number, answers: readonly string[]) {
  const file = path.join(folder, 'report.json');
  rmSync(file, { force: true });
  const env = {
    AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'SECRETMARKER',
    AWS_REGION: 'eu-west-1',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/nonexistent/config',
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent/credentials',
    AWS_ENDPOINT_URL: server.url,
  };
  const ended = await typed(['check', '--region', 'eu-west-1', '--bundle', folder, '--report', `json=${file}`], {
    columns,
    asks: prompt,
    answers,
    env,
  });
  const report = (): { flow: { endpoint?: string; replicationInstance?: string }; verdict: string } =>
    JSON.parse(readFileSync(file, 'utf8')) as ReturnType<typeof report>;
  return { ...ended, prompts: ended.shown.split(prompt).length - 1, report };
}

describe('the numbered list on a terminal', () => {
  test.each([
    ['1', 'orders-legacy-source'],
    ['2', 'orders-legacy-standby'],
  ])('%s takes %s', async (number, endpoint) => {
    const { code, shown, prompts, report } = await asked(`${number}\r`);
    expect(shown).toContain(
      'Several connections fit. Which one is meant?\n' +
        '  1  orders-legacy-source from orders-dms (failed)\n' +
        '  2  orders-legacy-standby from orders-dms (failed)\n',
    );
    expect(prompts).toBe(1);
    expect(report().flow).toMatchObject({ endpoint, replicationInstance: 'orders-dms' });
    expect(report().verdict).toBe('blocked');
    expect(code).toBe(1);
    expect(shown).not.toContain('SECRETMARKER');
  });

  test('a wrong answer is asked again, and the next one counts', async () => {
    const { code, prompts, report } = await asked('0\r', '3\r', 'one\r', ' 2 \r');
    expect(prompts).toBe(4);
    expect(report().flow.endpoint).toBe('orders-legacy-standby');
    expect(code).toBe(1);
  });

  test.each([
    ['an empty answer', '\r'],
    ['the end of input', keys.end],
  ])('%s chooses none: exit 2, and nothing is judged', async (_, answer) => {
    const { code, prompts, shown } = await asked(answer);
    expect({ code, prompts }).toEqual({ code: 2, prompts: 1 });
    expect(shown).not.toMatch(/security-group|\n\s+at /);
  });

  test('a terminal that does not know its width asks as well', async () => {
    const { code, report } = await askedOn(0, ['1\r']);
    expect(report().flow.endpoint).toBe('orders-legacy-source');
    expect(code).toBe(1);
  });

  test('Ctrl-C ends it: exit 130, also after a wrong answer', async () => {
    for (const answers of [[keys.interrupt], ['9\r', keys.interrupt]]) {
      const { code, prompts, shown } = await asked(...answers);
      expect({ code, prompts }).toEqual({ code: 130, prompts: answers.length });
      expect(shown).not.toMatch(/security-group|\n\s+at |fault of dms-doctor/);
    }
  });
});
