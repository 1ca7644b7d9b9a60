import type { Host } from '../host.ts';

/**
 * Watches a host for a while and keeps its `/proc/loadavg`: the kernel's own averages are the whole machine's. Counts the
 * host's running and blocked processes every five seconds and averages them as the kernel does (kernel/sched/loadavg.c),
 * over 1, 5 and 15 minutes, from zero.
 * @param seconds how long; a host that was watched more briefly than that has the averages of one that was idle before
 */
export async function watchLoad(host: Host, seconds: number): Promise<void> {
  const averages = [0, 0, 0];
  for (let passed = 0; passed < seconds; passed += 5) {
    await new Promise((resolve) => setTimeout(resolve, Math.min(5, seconds - passed) * 1000));
    const states = (await host.run('ps -e -o stat=,comm=')).split('\n').filter((line) => /\S/.test(line));
    // The three that this very look consists of do not count.
    const own = states.filter((line) => !/\s(?:timeout|sh|ps)$/.test(line));
    const active = own.filter((line) => /^\s*[RD]/.test(line)).length;
    for (const [index, minutes] of [1, 5, 15].entries()) {
      const decay = Math.exp(-5 / (60 * minutes));
      averages[index] = (averages[index] ?? 0) * decay + active * (1 - decay);
    }
    const text = averages.map((average) => average.toFixed(2)).join(' ');
    await host.run(`echo "${text} ${active}/${own.length} $$" > /proc/loadavg`);
  }
}
