import type { Kernel } from './kernel.ts';

const CHAINS = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
};
const EMPTY = Object.entries(CHAINS)
  .map(([table, chains]) => [`*${table}`, ...chains.map((chain) => `:${chain} ACCEPT [0:0]`), 'COMMIT', ''].join('\n'))
  .join('');

/** A list holds its sets, and the kernel lets go of rules a moment after they were removed, and of their sets with them. */
const DESTROY =
  'command -v ipset >/dev/null || exit 0; ipset flush; for i in $(seq 50); do ipset destroy 2>/dev/null && exit 0; sleep 0.02; done; exec ipset destroy';

/** Takes all rules and sets of the host away. */
export async function empty(kernel: Kernel): Promise<void> {
  await kernel.run(['nft', 'flush', 'ruleset']);
  for (const name of ['iptables', 'ip6tables']) await kernel.run([`${name}-legacy-restore`], EMPTY);
  await kernel.run(['sh', '-c', DESTROY]);
}
