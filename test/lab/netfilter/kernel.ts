import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Host } from '../../../src/netfilter/index.ts';

/** A connection to attempt: from an address in 10.0.0.0/8 or fd10::/16 to one of the host's. */
export type Flow = { readonly from: string; readonly sport: number; readonly to: string; readonly port: number };

type Reply = { problem?: string; code?: number; out?: string; err?: string; results?: string[] };

/** Why the kernel cannot be asked here, or undefined. */
export function whyNoKernel(tools: readonly string[]): string | undefined {
  if (process.getuid?.() !== 0) return 'not root';
  for (const tool of ['python3', 'ip', ...tools]) {
    if (spawnSync('sh', ['-c', 'command -v "$0"', tool]).status !== 0) return `${tool} is not installed`;
  }
  return spawnSync('unshare', ['--net', 'true']).status === 0 ? undefined : 'no network namespace can be made';
}

/** Network namespaces with a client, a host whose rules are under test, and a container behind it. */
export class Kernel {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #waiting: ((reply: Reply) => void)[] = [];
  readonly #lines: Interface;
  #errors = '';

  private constructor() {
    this.#process = spawn('python3', [fileURLToPath(new URL('kernel.py', import.meta.url))]);
    this.#lines = createInterface({ input: this.#process.stdout });
    this.#lines.on('line', (line) => this.#waiting.shift()?.(JSON.parse(line) as Reply));
    this.#process.stderr.on('data', (chunk: Buffer) => (this.#errors += chunk.toString()));
    this.#process.on('exit', () => {
      for (const waiting of this.#waiting.splice(0)) waiting({ problem: `the helper ended: ${this.#errors}` });
    });
  }

  /** Builds the namespaces; they end with `close`, or with this process. */
  static async open(): Promise<Kernel> {
    const kernel = new Kernel();
    await kernel.#reply();
    return kernel;
  }

  async #reply(): Promise<Reply> {
    const reply = await new Promise<Reply>((resolve) => this.#waiting.push(resolve));
    if (reply.problem !== undefined) throw new Error(reply.problem);
    return reply;
  }

  async #ask(request: object): Promise<Reply> {
    this.#process.stdin.write(`${JSON.stringify(request)}\n`);
    return this.#reply();
  }

  /** Runs a command in the host's namespace; throws unless it succeeds. */
  async run(command: readonly string[], input?: string): Promise<string> {
    const { code, out, err } = await this.#ask({ op: 'run', command, input });
    if (code !== 0) throw new Error(`${command.join(' ')}: ${err}\n${input ?? ''}`);
    return out ?? '';
  }

  /** Sets the host's kernel settings. */
  async set(settings: Readonly<Record<string, string>>): Promise<void> {
    await this.#ask({ op: 'set', settings });
  }

  /**
   * Tries all the connections at once.
   * @returns for each `open host PORT`, `open container PORT`, an errno name, `silent`, or `half` (answered, then silence)
   */
  async connect(flows: readonly Flow[], patience = 0.15): Promise<string[]> {
    return (await this.#ask({ op: 'flows', flows, patience })).results ?? [];
  }

  close(): void {
    this.#process.stdin.end();
    this.#process.kill();
  }
}

/** The host in the middle, as `ip -j addr` and `ip -j route` would tell it. */
export const HOST: Omit<Host, 'rulesets' | 'sysctls'> = {
  interfaces: [
    {
      name: 'lo',
      addresses: [
        { address: '127.0.0.1', prefixLength: 8 },
        { address: '::1', prefixLength: 128 },
        { address: '198.51.100.17', prefixLength: 32 },
      ],
    },
    {
      name: 'eth0',
      addresses: [
        { address: '172.31.40.17', prefixLength: 20 },
        { address: '172.31.40.18', prefixLength: 20 },
        { address: 'fd31::17', prefixLength: 64 },
      ],
    },
    { name: 'eth1', addresses: [{ address: '192.0.2.17', prefixLength: 24 }] },
    {
      name: 'docker0',
      addresses: [
        { address: '172.17.0.1', prefixLength: 16 },
        { address: 'fd17::1', prefixLength: 64 },
      ],
    },
  ],
  routes: [
    { destination: 'default', interface: 'eth0', gateway: '172.31.32.1' },
    { destination: '10.128.0.0/9', interface: 'eth1', gateway: '192.0.2.1' },
    { destination: '172.31.32.0/20', interface: 'eth0' },
    { destination: '192.0.2.0/24', interface: 'eth1' },
    { destination: '172.17.0.0/16', interface: 'docker0' },
    { destination: 'default', interface: 'eth0', gateway: 'fd31::1' },
    { destination: 'fd31::/64', interface: 'eth0' },
    { destination: 'fd17::/64', interface: 'docker0' },
  ],
  neighbours: [
    { address: '172.31.32.1', interface: 'eth0', hardwareAddress: '02:00:00:00:00:01' },
    { address: 'fd31::1', interface: 'eth0', hardwareAddress: '02:00:00:00:00:01' },
    { address: '192.0.2.1', interface: 'eth1', hardwareAddress: '02:00:00:00:00:03' },
    { address: '172.17.0.2', interface: 'docker0', hardwareAddress: '02:00:00:00:00:06' },
    { address: 'fd17::2', interface: 'docker0', hardwareAddress: '02:00:00:00:00:06' },
  ],
  listener: { uid: 26, gid: 27 },
};
