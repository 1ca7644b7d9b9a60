import { parts } from './topology.ts';
import type { Topology } from './topology.ts';
import type { Patch, Path } from './verdict.ts';

/**
 * The topology as a patch's document would make it, for judging it again without reading the document anew.
 * @throws when the patch's part or path is not in the topology.
 */
export function patched(topology: Topology, patch: Patch): Topology {
  const [name, { member }] = Object.entries(parts).find(([, part]) => part.operation === patch.part) ?? [
    undefined,
    { member: '' },
  ];
  const [first, ...rest] = patch.path;
  if (name === undefined || first !== member) throw new Error(`no part of a topology: ${patch.part} ${String(first)}`);
  const value = edited(topology[name as keyof typeof parts], rest, patch);
  // Descriptors are copied, not values: a topology whose parts are read on demand stays so.
  const descriptors = { ...Object.getOwnPropertyDescriptors(topology), [name]: { value, enumerable: true } };
  return Object.defineProperties({}, descriptors) as Topology;
}

function edited(value: unknown, path: Path, patch: Patch): unknown {
  const [key, ...rest] = path;
  if (key === undefined) {
    if ('set' in patch) return patch.set;
    if (!Array.isArray(value)) throw new Error(`no list at ${patch.path.join('.')} of ${patch.part}`);
    return [...value, patch.push];
  }
  if (Array.isArray(value) && typeof key === 'number' && key in value) {
    return value.map((element: unknown, index) => (index === key ? edited(element, rest, patch) : element));
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, key)) {
    return { ...value, [key]: edited((value as Record<string, unknown>)[key], rest, patch) };
  }
  throw new Error(`nothing at ${patch.path.join('.')} of ${patch.part}`);
}
