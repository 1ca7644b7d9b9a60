import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createExplainer, explainText } from '../../src/errors/explainer.ts';
import type { Explanation } from '../../src/errors/cause.ts';
import { examples } from './examples.ts';

const noise = [
  'Capture record 1 to internal queue from Source {operation:Insert (1), tableName:orders}  (streamcomponent.c:2920)',
  "Start applying of 'CREATE TABLE' events for table 'public'.'orders'  (endpointshell.c:1977)",
  'Source latency 0.00 seconds, Target latency 1.23 seconds, Handling latency 1.2 seconds  (replicationtask.c:3793)',
];

/** A line of a task log. */
function line(second: number, level: string, message: string): string {
  const time = new Date(Date.UTC(2024, 0, 1) + second * 1000).toISOString().slice(0, 19);
  return `00012345: ${time}:000001 [SOURCE_CAPTURE  ]${level}:  ${message}`;
}

/** A log of so many lines with texts at given places. */
function log(lines: number, at: Readonly<Record<number, string>>): string {
  return Array.from({ length: lines }, (_, i) =>
    line(i, at[i] === undefined ? 'I' : 'E', at[i] ?? noise[i % noise.length] ?? ''),
  ).join('\n');
}

function inPieces(text: string, size: number): Explanation[] {
  const explainer = createExplainer();
  const bytes = Buffer.from(text, 'utf8');
  for (let from = 0; from < bytes.length; from += size) explainer.push(bytes.subarray(from, from + size));
  return explainer.end();
}

describe('a log', () => {
  const refusal =
    'RetCode: SQL_ERROR  SqlState: 08001 NativeError: 101 Message: FATAL:  no pg_hba.conf entry for host "10.0.0.1", user "dms", database "app", SSL encryption [1022502]  (ar_odbc_conn.c:584)';

  it('counts repeats with the first and the last time, and says on which line the first stood', () => {
    const [first, ...others] = explainText(log(9000, { 50: refusal, 4000: refusal, 8999: refusal }));
    expect(others).toEqual([]);
    expect(first).toMatchObject({
      id: 'pg-hba-no-entry',
      count: 3,
      firstSeen: '2024-01-01T00:00:50.000001Z',
      lastSeen: '2024-01-01T02:29:59.000001Z',
    });
    expect(first?.matched.line).toBe(51);
  });

  it('puts the first real error before symptoms and wrappers', () => {
    const explained = explainText(
      log(9000, {
        10: "Task 'ABC' was stopped after 7 recovery attempts",
        100: 'server closed the connection unexpectedly',
        8000: 'ERROR:  all replication slots are in use',
        8500: 'FATAL:  password authentication failed for user "dms"',
      }),
    );
    expect(explained.map(({ id }) => id)).toEqual([
      'slots-used-up',
      'pg-password-failed',
      'server-closed-connection',
      'dms-task-gave-up',
    ]);
  });

  it('finds every cause in a stream that it finds alone', () => {
    const missed: string[] = [];
    for (const [id, text] of Object.entries(examples)) {
      const found = explainText(log(4000, { 2500: text.replaceAll('\n', ' ') }));
      const alone = explainText(line(0, 'E', text.replaceAll('\n', ' ')));
      if (alone[0] !== undefined && found[0]?.id !== alone[0].id)
        missed.push(`${id}: ${found[0]?.id} for ${alone[0].id}`);
    }
    expect(missed).toEqual([]);
  });

  it('finds messages in other languages in a stream', () => {
    const text = 'FATAL:  パスワード認証に失敗しました "dms"';
    const german =
      'FATAL:  kein pg_hba.conf-Eintrag für Host »10.0.0.1«, Benutzer »dms«, Datenbank »app«, keine Verschlüsselung';
    const russian = 'ВАЖНО:  пользователь "dms" не прошёл проверку подлинности (по паролю)';
    expect(explainText(log(4000, { 2500: german }))[0]?.layer).toBe('tls');
    expect(explainText(log(4000, { 2500: russian }))[0]?.layer).toBe('login');
    expect(text).not.toBe(german);
  });

  it('says the same however the bytes are cut', () => {
    const text = log(6000, {
      7: refusal,
      3000: 'ERROR:  out of memory é ü 日本',
      5999: 'could not connect to server: Connection refused\n\tIs the server running on host "x"',
    });
    const whole = explainText(text);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400_000 }), (size) => {
        expect(inPieces(text, size)).toEqual(whole);
      }),
      { numRuns: 12 * Number(process.env['SAMPLES'] ?? 1), examples: [[1000], [262_144]] },
    );
  });

  it('finds a message wrapped over lines, wherever the block ends', () => {
    const wrapped =
      'FATAL:  no pg_hba.conf entry for\n  host "10.0.0.1", user "dms",\n  database "app", SSL\n  encryption';
    for (let at = 1000; at < 3000; at += 97)
      expect(explainText(log(4000, { [at]: wrapped }))[0]?.id).toBe('pg-hba-no-entry');
  });

  it('does without brackets and with times glued on', () => {
    const bare = log(4000, { 2000: refusal })
      .replaceAll(/[[\]]/g, '')
      .replaceAll(/(\d\d:\d\d:\d\d:\d{6}) /g, '$1');
    expect(explainText(bare)[0]).toMatchObject({ id: 'pg-hba-no-entry', count: 1 });
  });

  it('reads a CloudWatch export', () => {
    const events = Array.from({ length: 3000 }, (_, i) =>
      JSON.stringify({
        timestamp: 1_704_067_200_000 + i,
        message: line(i, 'E', i === 1500 ? refusal : (noise[0] ?? '')),
      }),
    );
    expect(explainText(events.join('\n'))[0]).toMatchObject({
      id: 'pg-hba-no-entry',
      count: 1,
      firstSeen: '2024-01-01T00:25:00.000001Z',
    });
  });
});
