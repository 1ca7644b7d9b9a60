import * as fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseExpression } from '../../src/hba/expression-syntax.ts';
import { matchesExpression } from '../../src/hba/regular-expression.ts';
import { majors, startServer, type Server } from '../servers/postgres.ts';

const samples = Number(process.env['SAMPLES'] ?? 1);

/** The server's verdict on expressions: `true`, `false` or its error. */
const verdictFunction = `
  CREATE FUNCTION verdict(expression text, name text) RETURNS text LANGUAGE plpgsql AS $$
  BEGIN RETURN (name COLLATE "C" ~ expression)::text;
  EXCEPTION WHEN invalid_regular_expression THEN RETURN sqlerrm; END $$`;

const atoms = [
  'a',
  'b',
  'ab',
  '.',
  'A',
  '_',
  '-',
  '1',
  ' ',
  '}',
  ']',
  '\\d',
  '\\w',
  '\\s',
  '\\D',
  '\\W',
  '\\S',
  '\\.',
  '\\\\',
  '\\A',
  '\\Z',
];
const rarer = [
  'ö',
  '\\y',
  '\\m',
  '\\1',
  '\\q',
  '\\x61',
  '\\',
  '{',
  '(?=a)',
  '(?:',
  '(',
  ')',
  '[',
  '[a',
  '[b-a]',
  '[[.a.]]',
  '[[=a=]]',
  '[[:punct:]]',
  '***:',
];
const brackets = [
  '[ab]',
  '[^a]',
  '[a-c]',
  '[]a]',
  '[^]a]',
  '[a-]',
  '[a-c-e]',
  '[--/]',
  '[a-c-]',
  '[-a]',
  '[[:alpha:]]',
  '[[:digit:]_]',
  '[\\d]',
  '[\\w-]',
  '[a\\]b]',
  '[.]',
  '[A-Z0-9]',
];
const quantifiers = ['*', '+', '?', '*?', '+?', '??', '{0}', '{2}', '{1,}', '{0,2}', '{1,2}?', '{2,1}', '{256}', '{1'];

const { expression } = fc.letrec<{ expression: string; branch: string; piece: string; atom: string }>((tie) => ({
  atom: fc.oneof(
    { maxDepth: 3 },
    { weight: 24, arbitrary: fc.constantFrom(...atoms) },
    { weight: 8, arbitrary: fc.constantFrom(...brackets) },
    { weight: 1, arbitrary: fc.constantFrom(...rarer) },
    {
      weight: 8,
      arbitrary: fc.tuple(fc.constantFrom('(', '(?:'), tie('expression')).map(([open, inner]) => `${open}${inner})`),
    },
  ),
  piece: fc
    .tuple(
      tie('atom'),
      fc.option(fc.constantFrom(...quantifiers), { nil: '', freq: 2 }),
      fc.constantFrom('', '', '', '', '^', '$'),
    )
    .map((parts) => parts.join('')),
  branch: fc.array(tie('piece'), { maxLength: 4 }).map((parts) => parts.join('')),
  expression: fc.array(tie('branch'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('|')),
}));
const anchored = fc
  .tuple(fc.constantFrom('', '^'), expression, fc.constantFrom('', '$'))
  .map((parts) => parts.join(''));
const name = fc
  .array(fc.constantFrom('a', 'b', 'c', 'A', '1', '_', '-', ' ', 'ab', '.', ']', '\\'), { maxLength: 6 })
  .map((parts) => parts.join(''));

describe.each(majors.filter((major) => major >= 16))('expressions on PostgreSQL %i', (major) => {
  let server: Server;
  let client: pg.Client;
  beforeAll(async () => {
    server = await startServer({ major });
    client = new pg.Client({ host: server.socketFolder, port: server.port, user: 'postgres', database: 'postgres' });
    await client.connect();
    await client.query(verdictFunction);
  });
  afterAll(async () => {
    await client?.end();
    await server?.stop();
  });

  test('match, or do not, or are refused, as the server says', async () => {
    const counts = { matches: 0, others: 0, invalid: 0, unsure: 0 };
    const batch = fc.array(fc.tuple(anchored, name), { minLength: 200, maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(batch, async (pairs) => {
        const { rows } = await client.query<{ verdict: string }>(
          'SELECT verdict(e, n) FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS t (e, n, i) ORDER BY i',
          [pairs.map(([text]) => text), pairs.map(([, subject]) => subject)],
        );
        for (const [index, [text, subject]] of pairs.entries()) {
          const parsed = parseExpression(text);
          const ours = matchesExpression(parsed, subject);
          const where = `/${text} against "${subject}"`;
          if (parsed.kind === 'invalid') {
            counts.invalid++;
            expect(rows[index]!.verdict, where).toBe(`invalid regular expression: ${parsed.error}`);
          } else if (typeof ours === 'boolean') {
            counts[ours ? 'matches' : 'others']++;
            expect(rows[index]!.verdict, where).toBe(String(ours));
          } else {
            counts.unsure++;
          }
        }
      }),
      { numRuns: 60 * samples, endOnFailure: false },
    );
    console.log(`PostgreSQL ${major}: expressions`, counts);
    expect(counts.matches).toBeGreaterThan(200);
    expect(counts.others).toBeGreaterThan(200);
    expect(counts.invalid).toBeGreaterThan(50);
    expect(counts.unsure).toBeLessThan(counts.matches + counts.others);
  });
});
