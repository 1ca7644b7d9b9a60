import type { Layer } from '../layers.ts';
import { UsageError } from './usage.ts';

/**
 * Reads `--only` and `--skip`.
 *
 * @returns the layers to judge, in path order; null for all
 * @throws {@link UsageError} where a name means no layer, or none is left
 */
export async function scopeOf(only: string[] | undefined, skip: string[] | undefined): Promise<Layer[] | null> {
  if (only === undefined && skip === undefined) return null;
  const [{ groups, layers, readLayers }, { suggestion }] = await Promise.all([
    import('../layers.ts'),
    import('./suggest.ts'),
  ]);
  const read = (names: string[] | undefined) => {
    const { layers: found, unknown } = readLayers((names ?? []).flatMap((name) => name.split(',')).filter(Boolean));
    if (unknown.length > 0) {
      const known = [...layers, ...Object.keys(groups)];
      const words = unknown.map((name) => `${name}${suggestion(name, known)}`);
      throw new UsageError(`no such layer or group: ${words.join(', ')}. There are: ${known.join(', ')}`);
    }
    return found;
  };
  const out = read(skip);
  const scope = (only === undefined ? [...layers] : read(only)).filter((layer) => !out.includes(layer));
  if (scope.length === 0) throw new UsageError('--only and --skip leave no layer to judge');
  return scope;
}

/** Reads `--demote`. @throws {@link UsageError} where a name is no code and no layer */
export async function demotions(names: string[]): Promise<string[]> {
  if (names.length === 0) return [];
  const [{ catalogue }, { isLayer, layers }] = await Promise.all([
    import('../findings/index.ts'),
    import('../layers.ts'),
  ]);
  const unknown = names.filter((name) => !isLayer(name) && !Object.hasOwn(catalogue, name));
  if (unknown.length > 0) {
    const { suggestion } = await import('./suggest.ts');
    const known = [...layers, ...Object.keys(catalogue)];
    const words = unknown.map((name) => `${name}${suggestion(name, known)}`);
    throw new UsageError(`--demote: no such code or layer: ${words.join(', ')}`);
  }
  return names;
}
