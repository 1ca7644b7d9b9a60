import { spawn } from 'node:child_process';
import { outcome } from '../host.ts';
import type { Plan } from '../story/plan.ts';
import { carryOut } from '../story/plan.ts';
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

/** Asks the built dms-doctor about what was gathered of a site. */
export async function ask(site: Site, directory: string): Promise<Answer> {
  writeDirectory(directory, await site.gather(), new Date().toISOString());
  const report = await outcome(
    spawn(process.execPath, ['bin/dms-doctor.js', 'check', '--bundle', directory, '--format', 'json', ...flow]),
  );
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

/** Whether DMS is kept out. Of a firewall that is seen sooner by a connection alone than by the driver's time limit. */
async function isClosed(site: Site, some: readonly Wall[]): Promise<boolean> {
  const { ri, db1 } = site.lab.hosts;
  if (some.some(({ layer }) => layer === 'iptables' || layer === 'nftables'))
    return (await reach(ri, db1, dms.port, 0.5)) !== 'open';
  return (await whatFails(site)) !== '';
}

/**
 * Puts walls up, asks, carries the plan out, connects as DMS does, and takes the walls away.
 * @throws where a wall is not found, or a plan that says that it opens does not
 */
export async function opensBehind(site: Site, some: readonly Wall[], directory: string, alone = false): Promise<void> {
  const names = `PostgreSQL ${site.cluster.major}: ${some.map(({ name }) => name).join(' + ')}`;
  const t: number[] = [performance.now()];
  let restarted = await putUp(site, some);
  try {
    t.push(performance.now());
    if (alone && !(await isClosed(site, some))) throw new Error(`${names}: this is no wall`);
    const answer = await ask(site, directory);
    t.push(performance.now());
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
    await carryOut(answer.plan, site.lab.hosts.db1, site.cluster, () => undefined);
    t.push(performance.now());
    const fails = await whatFails(site);
    if (fails !== '') throw new Error(`${names}: the plan says that it opens, but: ${fails}\n${told()}`);
    t.push(performance.now());
  } finally {
    await site.reset(restarted);
    t.push(performance.now());
    if (process.env['TIMES'])
      console.log(
        names,
        t
          .slice(1)
          .map((x, i) => Math.round(x - (t[i] ?? 0)))
          .join(' '),
      );
  }
}
