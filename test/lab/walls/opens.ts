import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { outcome } from '../host.ts';
import type { Plan } from '../story/plan.ts';
import { dms } from '../story/dms.ts';
import { writeDirectory } from '../story/record.ts';
import { connectAsDms } from '../clients.ts';
import { reach } from '../lab.ts';
import type { Site } from './site.ts';
import { putUp, type Wall } from './walls.ts';

/** What of a report counts here. */
type Answer = {
  verdict: string;
  blockedAt: string[];
  layers: { layer: string; status: string }[];
  findings: { code: string; status: string; summary: string; evidence: { source: string; text: string }[] }[];
  plan: Plan;
};

/** Asks the built dms-doctor about what was gathered of a site; its plan is left in `<directory>.sh`. */
export async function ask(site: Site, directory: string): Promise<Answer> {
  writeDirectory(directory, await site.gather(), new Date().toISOString());
  const asked = ['check', '--bundle', directory, '--format', 'json', '--plan', `${directory}.sh`, ...flow];
  const report = await outcome(spawn(process.execPath, ['bin/dms-doctor.js', ...asked]));
  rmSync(directory, { recursive: true });
  if (report.stdout === '') throw new Error(`dms-doctor check ended with ${report.code}: ${report.stderr}`);
  return JSON.parse(report.stdout) as Answer;
}

const flow = [
  ...['--endpoint', 'orders-legacy-source', '--replication-instance', 'orders-dms', '--from', '172.31.23.112'],
  ...[
    '--host',
    dms.server,
    '--port',
    String(dms.port),
    '--database',
    dms.database,
    '--user',
    dms.user,
    '--tls',
    'none',
  ],
];

/** Connects with DMS's driver, reads each table, makes a logical slot and drops it. @returns what fails, or '' */
export async function whatFails(site: Site): Promise<string> {
  const { ri } = site.lab.hosts;
  const { connected, text } = await connectAsDms(ri, dms);
  if (!connected) return text;
  const source = `host=${dms.server} port=${dms.port} dbname=${dms.database} user=${dms.user} connect_timeout=3`;
  const psql = `PGPASSWORD='${dms.password}' psql -X -q -A -t -v ON_ERROR_STOP=1`;
  const tables = ['customers', 'orders', 'order_lines'].map((name) => `-c 'table ${name} limit 1' -o /dev/null`);
  const slot = ['CREATE_REPLICATION_SLOT dms_slot LOGICAL test_decoding', 'DROP_REPLICATION_SLOT dms_slot'];
  const { code, stderr } = await ri.exec(
    `${psql} -d '${source}' ${tables.join(' ')} && ${psql} -d '${source} replication=database' ${slot.map((one) => `-c '${one}'`).join(' ')}`,
  );
  return code === 0 ? '' : stderr;
}

/**
 * Carries out a plan's script as an administrator does: takes its guard out, and runs its parts on the source host as root.
 * @throws when the script does something before its guard is out, or one of its steps fails
 */
async function carryOut({ lab }: Site, script: string): Promise<void> {
  const { db1 } = lab.hosts;
  const parts = [...script.matchAll(/^part_(\d+)\(\) \{$/gm)].map(([, number]) => number).join(' ');
  const guarded = await db1.exec(`cat > /root/plan.sh && sh /root/plan.sh ${parts}`, { input: script });
  if (guarded.code !== 64 || !guarded.stderr.includes('nothing was done'))
    throw new Error(`the guard let it pass: ${guarded.code} ${guarded.stderr}`);
  // Into a file: a server that a step restarts would hold a pipe open for ever. The y is for `shorewall safe-reload`, which asks.
  await db1.run(
    `sed -i '/^guarded=yes$/d' /root/plan.sh; echo y | sh /root/plan.sh ${parts} >/root/plan.out 2>&1 || { cat /root/plan.out >&2; exit 1; }`,
  );
}

/** Whether DMS is kept out. Of a firewall that is seen sooner by a connection alone than by the driver's time limit. */
async function isClosed(site: Site, some: readonly Wall[]): Promise<boolean> {
  const { ri, db1 } = site.lab.hosts;
  if (some.some(({ layer }) => ['iptables', 'nftables', 'shorewall', 'ufw', 'firewalld'].includes(layer)))
    return (await reach(ri, db1, dms.port, 0.5)) !== 'open';
  return (await whatFails(site)) !== '';
}

/**
 * Puts walls up, asks, carries the plan out, connects as DMS does, and takes the walls away.
 * @throws where a wall is not found, or a plan that says that it opens does not
 */
export async function opensBehind(site: Site, some: readonly Wall[], directory: string, alone = false): Promise<void> {
  const names = `PostgreSQL ${site.cluster.major}: ${some.map(({ name }) => name).join(' + ')}`;
  let restarted = await putUp(site, some);
  try {
    if (alone && !(await isClosed(site, some))) throw new Error(`${names}: this is no wall`);
    const answer = await ask(site, directory);
    const expected = [...new Set(some.map(({ layer }) => layer))].toSorted();
    const told = () =>
      JSON.stringify(
        {
          plan: answer.plan,
          findings: answer.findings.filter(({ status }) => status === 'block' || status === 'unknown'),
        },
        undefined,
        1,
      );
    if (JSON.stringify(answer.blockedAt.toSorted()) !== JSON.stringify(expected))
      throw new Error(`${names}: blocked at ${answer.blockedAt.join(', ')}, not at ${expected.join(', ')}\n${told()}`);
    if (!answer.plan.opens) throw new Error(`${names}: the plan does not open it\n${told()}`);
    restarted ||= answer.plan.steps.some((step) => 'effect' in step && step.effect === 'restart');
    await carryOut(site, readFileSync(`${directory}.sh`, 'utf8'));
    const fails = await whatFails(site);
    if (fails !== '') throw new Error(`${names}: the plan says that it opens, but: ${fails}\n${told()}`);
  } finally {
    await site.reset(restarted);
  }
}
