import type { Argv } from 'yargs';
import type { OptionSpec, SourceOptions } from './configuration.ts';
import { UsageError } from './usage.ts';

/** The configuration file that is looked for where none is named. */
const usualFile = 'dms-doctor.yaml';

/** How options are declared, as far as it counts here. */
type Declared = OptionSpec & { readonly default?: unknown };

/**
 * Declares options without their defaults, so that what was typed is told apart from what nobody said; the defaults come in
 * when {@link configured} puts all together.
 *
 * @param declare declares options on what it is handed
 * @param specs takes what was declared
 */
export function withoutDefaults<T>(y: Argv, declare: (y: Argv) => Argv<T>, specs: Map<string, Declared>): Argv<T> {
  const handed: Argv = new Proxy(y, {
    get(target, key) {
      if (key !== 'option') return Reflect.get(target, key) as unknown;
      return (name: string, spec: Declared) => {
        specs.set(name, spec);
        const { default: usual, ...rest } = spec;
        const described = usual === undefined || usual === false ? {} : { defaultDescription: String(usual) };
        target.option(name, { ...rest, ...described } as never);
        return handed;
      };
    },
  });
  declare(handed);
  return y as Argv<T>;
}

/**
 * The options of a run: what was typed, else what the configuration file says of the source that is named, else the
 * defaults.
 *
 * @throws {@link UsageError} where the file is not there, cannot be understood, or has no such source
 */
export async function configured<A extends { name?: string | undefined; config?: string | undefined }>(
  typed: A,
  specs: ReadonlyMap<string, Declared>,
): Promise<A> {
  const source = typed.name === undefined && typed.config === undefined ? {} : await sourceOf(typed, specs);
  const usual = [...specs].flatMap(([name, spec]) =>
    spec.default === undefined ? [] : [[name, spec.default] as const],
  );
  const said = Object.entries(typed).filter(([, value]) => value !== undefined);
  return Object.fromEntries([
    ...usual.map(([name, value]) => [camelCase(name), value]),
    ...Object.entries(source).map(([name, value]) => [camelCase(name), value]),
    ...said,
  ]) as A;
}

async function sourceOf(
  { name, config }: { name?: string | undefined; config?: string | undefined },
  specs: ReadonlyMap<string, Declared>,
): Promise<SourceOptions> {
  const file = config ?? usualFile;
  const [{ readFile }, { readConfiguration }] = await Promise.all([
    import('node:fs/promises'),
    import('./configuration.ts'),
  ]);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    const found = error.code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${error.code})`;
    const wanted = name === undefined ? '' : `, which should say what ${name} is`;
    throw new UsageError(`${file}: ${found}${wanted}`);
  });
  const own = new Map([...specs].filter(([option]) => option !== 'config'));
  const sources = readConfiguration(file, text, own);
  const names = [...sources.keys()].join(', ') || 'none';
  if (name === undefined) throw new UsageError(`${file}: name one of its sources: ${names}`);
  const source = sources.get(name);
  if (source === undefined) throw new UsageError(`${file}: it has no source ${name} (${names})`);
  return source;
}

function camelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
