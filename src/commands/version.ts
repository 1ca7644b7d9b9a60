import { readFile } from 'node:fs/promises';

/** The tool's name and version, from its own package. */
export async function tool(): Promise<{ name: string; version: string }> {
  const { name, version } = JSON.parse(await readFile(await packageFile('package.json'), 'utf8')) as {
    name: string;
    version: string;
  };
  return { name, version };
}

/**
 * The path of a file of this package, wherever this module was built to.
 *
 * @throws where the package does not hold it
 */
export async function packageFile(name: string): Promise<string> {
  const { access } = await import('node:fs/promises');
  const { fileURLToPath } = await import('node:url');
  for (const up of ['..', '../..', '../../..']) {
    const root = new URL(`${up}/`, import.meta.url);
    const isRoot = await access(new URL('package.json', root)).then(
      () => true,
      () => false,
    );
    if (isRoot) return fileURLToPath(new URL(name, root));
  }
  throw new Error(`the package’s own folder was not found from ${import.meta.url}`);
}
