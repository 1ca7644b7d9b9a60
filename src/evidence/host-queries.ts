/**
 * The questions to the database in the words of the host script: it asks them through `psql`, as the account that the server
 * runs as, where nobody has a login role. They are those of a SQL session (postgres-queries.ts), for every version at once.
 */
import { postgresQueries } from './postgres-queries.ts';

/** server_version_num of the first release of each version that the questions tell apart. */
const versions = [
  90_400, 90_500, 90_600, 100_000, 110_000, 120_000, 130_000, 140_000, 150_000, 160_000, 170_000, 180_000,
];

/** What is of one database: asked only where it is known which one is meant. */
const ofOneDatabase: readonly string[] = [
  'tables',
  'column-types',
  'privileges',
  'event-triggers',
  'extensions',
  'publications',
  'data',
  'pglogical-nodes',
].map((name) => `postgres/${name}.json`);

/** A question, with the first version that it is for and the first that it is no longer for. */
type Question = { readonly item: string; readonly sql: string; readonly from: number; to: number | undefined };

/** Stands in the statements for the role that DMS logs in as; psql puts the name there, quoted. */
const dmsRole = 'dms_role_of_the_flow';

function questions(): Question[] {
  const all: Question[] = [];
  for (const [index, version] of versions.entries()) {
    const asked = new Set<string>();
    for (const { item, from, sql } of postgresQueries) {
      // The account of the server is a superuser: of several questions the first legal one asks for the most.
      if (from > version || asked.has(item)) continue;
      asked.add(item);
      const text = oneLine(sql({ version, dmsRole }));
      const same = all.find((one) => one.item === item && one.sql === text && one.to === version);
      if (same === undefined) all.push({ item, sql: text, from: version, to: versions[index + 1] });
      else same.to = versions[index + 1];
    }
  }
  return all;
}

/** One line each, so that the line of an error names the question. */
function oneLine(sql: string): string {
  return sql.replaceAll(/\s+/g, ' ').trim().replaceAll(`'${dmsRole}'`, ":'dms_role'");
}

const inQuotes = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

/** The functions that a copy of the script needs to ask the database. */
function hostQueries(): string {
  const items = [...new Set(questions().map(({ item }) => item))];
  return [
    '# --- The questions to the database: made of src/evidence/postgres-queries.ts; catalogs, statistics, settings only -------',
    '',
    `postgres_items=${inQuotes(items.join(' '))}`,
    `postgres_items_of_one_database=${inQuotes(ofOneDatabase.join(' '))}`,
    '',
    '# postgres_questions VERSION: one line each, `ITEM SQL`.',
    'postgres_questions() {',
    ...questions().map(({ item, sql, from, to }) => {
      const until = to === undefined ? '' : ` && [ "$1" -lt ${to} ]`;
      return `  [ "$1" -ge ${from} ]${until} && printf '%s %s\\n' ${item} ${inQuotes(sql)}`;
    }),
    '  return 0',
    '}',
    '',
  ].join('\n');
}

/** The last lines of the script, which call it. */
const ending = '# Called behind its whole text,';

/**
 * The script as it is published: with the questions.
 *
 * @param script host-facts.sh as it stands in the sources
 * @throws where it does not end as it should
 */
export function withQueries(script: string): string {
  const at = script.lastIndexOf(ending);
  if (at < 0) throw new Error('host-facts.sh does not end as expected');
  return `${script.slice(0, at)}${hostQueries()}\n${script.slice(at)}`;
}
