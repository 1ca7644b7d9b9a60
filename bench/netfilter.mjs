/**
 * Parsing and judging a file of 100,000 rules, whole process against whole process: node with the engine, `iptables-nft-restore --test` and
 * `iptables-legacy-restore --test`. Prints ratios and the growth from 10,000 rules; gates nothing.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROUNDS = 5;
const directory = mkdtempSync(join(tmpdir(), 'netfilter-bench-'));
const engine = join(directory, 'engine.mjs');
await build({
  entryPoints: [fileURLToPath(new URL('../src/netfilter/index.ts', import.meta.url))],
  bundle: true,
  minify: true,
  platform: 'node',
  format: 'esm',
  outfile: engine,
  logLevel: 'error',
});

/** Rules as a large host has them: a ban list, services by network, and a chain for each of some zones. */
function ruleset(count) {
  const lines = ['*filter', ':INPUT DROP [0:0]', ':FORWARD DROP [0:0]', ':OUTPUT ACCEPT [0:0]'];
  const chains = 20;
  for (let i = 0; i < chains; i++) lines.push(`:zone-${i} - [0:0]`);
  lines.push('-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT');
  for (let i = 0; i < chains; i++) lines.push(`-A INPUT -i eth0 -j zone-${i}`);
  const address = (i) => `${11 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}.${(i * 7) & 255}`;
  for (let i = lines.length; i < count; i++) {
    const chain = `zone-${i % chains}`;
    if (i % 4 === 0) lines.push(`-A ${chain} -s ${address(i)}/32 -j DROP`);
    else if (i % 4 === 1)
      lines.push(
        `-A ${chain} -s ${address(i)}/24 -p tcp -m tcp --dport ${1024 + (i % 50000)} -m comment --comment "rule ${i}" -j ACCEPT`,
      );
    else if (i % 4 === 2)
      lines.push(
        `-A ${chain} -s ${address(i)}/32 -p tcp -m multiport --dports 22,80,443 -m conntrack --ctstate NEW -j ACCEPT`,
      );
    else lines.push(`-A ${chain} -d 10.9.${i & 255}.0/24 -p udp -m udp --dport 53 -j ACCEPT`);
  }
  lines.push('-A INPUT -s 172.31.0.0/16 -p tcp -m tcp --dport 5432 -j ACCEPT', 'COMMIT', '');
  return lines.join('\n');
}

const worker = join(directory, 'worker.mjs');
writeFileSync(
  worker,
  `import { readFileSync } from 'node:fs';
import { judge, parseIptablesSave } from './engine.mjs';
const host = {
  rulesets: [parseIptablesSave('host/iptables-nft-save.txt', readFileSync(process.argv[2], 'utf8'))],
  interfaces: [{ name: 'eth0', addresses: [{ address: '172.31.40.17', prefixLength: 20 }] }],
  routes: [{ destination: 'default', interface: 'eth0' }],
  sysctls: new Map([['net.ipv4.conf.all.rp_filter', '0'], ['net.ipv4.conf.eth0.rp_filter', '0']]),
};
const attempt = { from: ['172.31.23.112'], to: '172.31.40.17', port: 5432 };
const first = judge(host, attempt).parts[0].outcomes[0].result;
const started = performance.now();
const second = judge(host, { ...attempt, from: ['172.31.16.0/20'] }).parts.map((part) => part.outcomes[0].result);
const took = performance.now() - started;
console.log(JSON.stringify({ first, second, secondFlow: took, memory: process.resourceUsage().maxRSS / 1024 }));
`,
);

/** The best of some rounds, in milliseconds, and the last output. */
function time(command, args, input) {
  let best = Infinity;
  let out = '';
  for (let round = 0; round < ROUNDS; round++) {
    const started = performance.now();
    const done = spawnSync(command, args, { input, encoding: 'utf8', maxBuffer: 1 << 28 });
    best = Math.min(best, performance.now() - started);
    if (done.status !== 0) return undefined;
    out = done.stdout;
  }
  return { best, out };
}

const has = (tool) => ['/usr/sbin', '/sbin'].some((place) => existsSync(join(place, tool)));
const isRoot = process.getuid?.() === 0;
const taken = {};
for (const count of [10_000, 100_000]) {
  const file = join(directory, `${count}.txt`);
  writeFileSync(file, ruleset(count));
  const own = time(process.execPath, [worker, file]);
  if (own === undefined) throw new Error('the engine failed');
  const { first, second, secondFlow, memory } = JSON.parse(own.out);
  if (first !== 'accepted' || second.some((result) => result !== 'accepted'))
    throw new Error(`wrong verdict: ${first} ${second}`);
  taken[count] = own.best;
  console.log(
    `${count} rules: engine ${own.best.toFixed(0)} ms, peak ${memory.toFixed(0)} MiB, a second flow ${secondFlow.toFixed(1)} ms`,
  );
  for (const backend of ['nft', 'legacy']) {
    const tool = `iptables-${backend}-restore`;
    if (!has(tool) || !isRoot) {
      console.log(`  no ratio to ${tool}: ${isRoot ? 'not installed' : 'not root'}`);
      continue;
    }
    const reference = time('unshare', ['--net', tool, '--test'], readFileSync(file, 'utf8'));
    if (reference === undefined) console.log(`  no ratio to ${tool}: it failed`);
    else
      console.log(
        `  ${tool} --test ${reference.best.toFixed(0)} ms: the engine takes ${(own.best / reference.best).toFixed(2)} times as long`,
      );
  }
}
console.log(`ten times the rules take ${(taken[100_000] / taken[10_000]).toFixed(1)} times as long`);
rmSync(directory, { recursive: true });
