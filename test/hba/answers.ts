import type { HbaMethod, HbaOutcome } from '../../src/hba/index.ts';
import type { Answer } from './raw-connection.ts';

const codes: Readonly<Partial<Record<HbaMethod, number>>> = {
  trust: 0,
  password: 3,
  ldap: 3,
  radius: 3,
  md5: 5,
  'scram-sha-256': 10,
  gss: 7,
};

/** What a client is told when this is the outcome. */
function expectedAnswer(outcome: HbaOutcome): Partial<Answer> {
  if (outcome.verdict === 'no-entry') return { kind: 'error', code: '28000', message: outcome.message };
  if (outcome.message !== undefined) return { kind: 'error', code: '28000', message: outcome.message };
  const { line, method } = outcome;
  const clientcert = line.options.findLast((option) => option.name === 'clientcert')?.value ?? '0';
  if (method === 'cert' || !['0', 'no-verify'].includes(clientcert)) {
    return { kind: 'error', code: '28000', message: 'connection requires a valid client certificate' };
  }
  if (method === 'ident') return { kind: 'error', code: '28000' };
  return {
    kind: 'authentication',
    code: codes[method] ?? -1,
    mechanisms: method === 'scram-sha-256' ? ['SCRAM-SHA-256'] : [],
  };
}

/** Whether a server's answer is what a client is told when this is the outcome. */
export function agrees(answer: Answer, outcome: HbaOutcome): boolean {
  const expected = expectedAnswer(outcome);
  if (answer.kind === 'error' && expected.kind === 'error' && expected.message === undefined) {
    return answer.message.startsWith('Ident authentication failed for user');
  }
  const mechanisms = (each: Partial<Answer>): string =>
    'mechanisms' in each ? (each.mechanisms ?? []).filter((name) => !name.endsWith('-PLUS')).join() : '';
  if (mechanisms(answer) !== mechanisms(expected)) return false;
  return Object.entries(expected).every(
    ([key, value]) => key === 'mechanisms' || answer[key as keyof Answer] === value,
  );
}

/** The line that the server's log names for the connection from a port. */
export function loggedLine(log: string, port: number): number | undefined {
  const mark = `(${port}) DETAIL:`;
  const at = log.indexOf(mark);
  const detail = at < 0 ? '' : log.slice(at, at + 1000);
  const found = /(?:Connection matched|[Cc]onnection matched).{0,300}?line (\d+): "/s.exec(detail);
  return found ? Number(found[1]) : undefined;
}
