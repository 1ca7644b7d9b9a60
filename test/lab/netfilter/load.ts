import type { Kernel } from './kernel.ts';

/** Loads the ruleset without the rules that nft refuses (two families in one rule); returns how many these were. */
export async function loadNft(kernel: Kernel, text: string): Promise<number> {
  let lines = text.split('\n');
  for (let left = 0; ;) {
    try {
      await kernel.run(['nft', '-f', '-'], lines.join('\n'));
      return left;
    } catch (problem) {
      const refused = new Set([...String(problem).matchAll(/stdin:(\d+):/g)].map(([, line]) => Number(line)));
      if (refused.size === 0 || left > 40) throw problem;
      left += refused.size;
      lines = lines.filter((_, at) => !refused.has(at + 1));
    }
  }
}
