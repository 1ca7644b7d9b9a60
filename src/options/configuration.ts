import path from 'node:path';
import * as v from 'valibot';
import { isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import type { Document, Node } from 'yaml';
import { UsageError } from './usage.ts';

/** What of an option's declaration says which values it takes. */
export type OptionSpec = {
  readonly type?: string;
  readonly array?: boolean;
  readonly choices?: readonly string[];
};

/** The options of one named source, by their names without `--`. */
export type SourceOptions = Readonly<Record<string, string | boolean | readonly string[]>>;

/** Options that name a file or folder; a relative one is meant from where the configuration file is. */
const paths = ['bundle', 'save-bundle', 'plan', 'report'];

const secret = /pass(?:word|wd|phrase)?$|secret|token|access-?key|credential/i;
const hint = 'no secret belongs in this file: put the password into ~/.pgpass, and AWS credentials into a profile';

/**
 * Reads a configuration file: `sources:` with a name for each, and under it options of `check` by their names.
 *
 * @param file its name for messages, and the folder that relative paths are meant from
 * @param options every option that may stand there
 * @returns the sources by name
 * @throws {@link UsageError} with the line of what cannot be understood
 */
export function readConfiguration(
  file: string,
  text: string,
  options: ReadonlyMap<string, OptionSpec>,
): Map<string, SourceOptions> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, logLevel: 'error' });
  const fail = (why: string, offset?: number): never => {
    throw new UsageError(`${file}${offset === undefined ? '' : `:${lines.linePos(offset).line}`}: ${why}`);
  };
  const [broken] = document.errors;
  if (broken !== undefined) return fail(broken.message.replace(/ at line \d[^]*$/, ''), broken.pos[0]);
  if (!isMap(document.contents)) return fail('it must begin with `sources:`, and under it a name for each source');
  let value: unknown;
  try {
    value = document.toJS();
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
  refuseSecrets(document, fail);
  const result = v.safeParse(schemaOf(options), value);
  if (!result.success) {
    // What should not be there tells more than what is missing in its place.
    const issue = result.issues.find(({ expected }) => expected === 'never') ?? result.issues[0];
    const keys = (issue.path ?? []).map(({ key }) => key as string | number);
    return fail(wordsOf(issue, keys, options), offsetOf(document, keys));
  }
  const folder = path.dirname(file);
  return new Map(
    Object.entries(result.output.sources).map(([name, source]) => [name, resolved(source as SourceOptions, folder)]),
  );
}

function schemaOf(options: ReadonlyMap<string, OptionSpec>) {
  const word = v.pipe(v.union([v.string(), v.number()]), v.transform(String));
  const entry = ({ type, array, choices }: OptionSpec) => {
    if (type === 'boolean') return v.boolean();
    if (choices !== undefined) return v.picklist(choices);
    if (array === true)
      return v.union([
        v.pipe(
          word,
          v.transform((one) => [one]),
        ),
        v.array(word),
      ]);
    return word;
  };
  const source = v.strictObject(
    Object.fromEntries([...options].map(([name, spec]) => [name, v.optional(entry(spec))])),
  );
  return v.strictObject({ sources: v.record(v.string(), v.nullable(source)) });
}

function wordsOf(
  issue: v.BaseIssue<unknown>,
  keys: readonly (string | number)[],
  options: ReadonlyMap<string, OptionSpec>,
): string {
  const place = keys.join('.');
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    const known = keys.length <= 1 ? ['sources'] : [...options.keys()];
    return `${place}: there is no such ${keys.length <= 1 ? 'key' : 'option'} (${known.join(', ')})`;
  }
  const spec = options.get(String(keys[2] ?? ''));
  if (spec?.choices !== undefined) return `${place}: it must be one of ${spec.choices.join(', ')}`;
  if (spec?.type === 'boolean') return `${place}: it must be true or false`;
  return `${place}: expected ${issue.expected ?? 'another kind of value'}, found ${issue.received}`;
}

/** Where a key stands, or the last of the keys above it that is there. */
function offsetOf(document: Document, keys: readonly (string | number)[]): number | undefined {
  let node: unknown = document.contents;
  let offset: number | undefined;
  for (const key of keys) {
    if (!isMap(node)) break;
    const pair = node.items.find((one) => isScalar(one.key) && String(one.key.value) === String(key));
    if (pair === undefined) break;
    offset = (pair.key as Node).range?.[0] ?? offset;
    node = pair.value;
  }
  return offset;
}

/** A secret is refused before anything else is said of its line, and its value is never repeated. */
function refuseSecrets(document: Document, fail: (why: string, offset?: number) => never): void {
  const sources = document.get('sources', true);
  if (!isMap(sources)) return;
  for (const { value } of sources.items) {
    if (!isMap(value)) continue;
    for (const pair of value.items) {
      if (!isScalar(pair.key)) continue;
      const offset = pair.key.range?.[0];
      const name = String(pair.key.value);
      if (secret.test(name) && name !== 'ask-sudo-password') fail(`${name}: ${hint}`, offset);
      const held = isScalar(pair.value) ? String(pair.value.value) : '';
      if (/^[a-z]+:\/\/[^/@]*:[^/@]*@/i.test(held) || /\bpassword\s*=/i.test(held)) fail(`${name}: ${hint}`, offset);
    }
  }
}

function resolved(source: SourceOptions | null, folder: string): SourceOptions {
  const from = (one: string) => (one === '-' || path.isAbsolute(one) ? one : path.join(folder, one));
  const meant = (name: string, one: string) =>
    name === 'report'
      ? one.replace(/^([^=]*=)(.*)$/s, (_, format: string, file: string) => format + from(file))
      : from(one);
  return Object.fromEntries(
    Object.entries(source ?? {}).map(([name, value]) => {
      if (!paths.includes(name) || typeof value === 'boolean') return [name, value];
      return [name, typeof value === 'string' ? meant(name, value) : value.map((one) => meant(name, one))];
    }),
  );
}
