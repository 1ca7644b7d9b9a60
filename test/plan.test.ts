import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { check } from '../src/check.ts';
import type { Step } from '../src/finding.ts';
import { layers } from '../src/layers.ts';
import { inOrder } from '../src/plan-order.ts';
import { samples } from './report/samples.ts';
import { edited, evidenceFrom, filesOf } from './support/bundles.ts';

const words = { risk: 'r', undo: '`u`', verify: 'v' } as const;
const run = (where: Step['where'], command: string, effect: Step['effect'] = 'none', host?: string): Step => ({
  ...words,
  where,
  effect,
  run: command,
  ...(host === undefined ? {} : { host }),
});
const edit = (file: string, before: number): Step => ({
  ...words,
  where: 'source host',
  effect: 'none',
  edit: { file, before, lines: [`line for ${before}`] },
});

const restart = run('source host', 'pg_ctlcluster 13 main restart', 'restart');
const reload = run('database', 'SELECT pg_reload_conf();', 'reload');
const value = fc.integer({ min: 1, max: 9 }).map(String);
const name = fc.constantFrom('wal_level', 'max_wal_senders', 'max_replication_slots');
const standbys = fc.subarray(['10.0.0.1', '10.0.0.2']);

/** The fixes of the probes, by their shapes. */
const fix: fc.Arbitrary<readonly Step[]> = fc.oneof<fc.Arbitrary<readonly Step[]>[]>(
  fc.constantFrom('a', 'b', 'c').map((rule) => [run('source host', `iptables -I INPUT 1 ${rule}`)]),
  fc.constantFrom('a', 'b').map((group) => [run('AWS', `aws ec2 authorize ${group}`)]),
  fc.constantFrom('LOGIN', 'REPLICATION').map((right) => [run('database', `ALTER ROLE dms ${right};`)]),
  fc.constant([run('DMS', 'aws dms modify-endpoint x')]),
  fc.integer({ min: 1, max: 9 }).map((before) => [edit('/etc/pg_hba.conf', before), reload]),
  fc
    .integer({ min: 1, max: 9 })
    .map((before) => [edit('/etc/shorewall/rules', before), run('source host', 'shorewall safe-reload', 'reload')]),
  value.map((to) => [
    run('database', `ALTER SYSTEM SET wal_sender_timeout = '${to}'; SELECT pg_reload_conf();`, 'reload'),
  ]),
  fc.tuple(name, value).map(([setting, to]) => [run('database', `ALTER SYSTEM SET ${setting} = '${to}';`), restart]),
  fc
    .tuple(standbys, value)
    .map(([hosts, to]) => [
      ...hosts.flatMap((host) => [
        run('standby', `psql -c "ALTER SYSTEM SET max_wal_senders = '${to}'"`, 'none', host),
        run('standby', 'systemctl restart postgresql', 'restart', host),
      ]),
      run('database', `ALTER SYSTEM SET max_wal_senders = '${to}';`),
      restart,
    ]),
);
const fixes = fc.array(fix, { maxLength: 8 });
const doing = (step: Step) =>
  `${step.where} ${step.host ?? ''} ${'run' in step ? step.run : JSON.stringify(step.edit)}`;
const statements = (step: Step) => ('run' in step ? step.run.split(/\n|(?<=;) /) : [doing(step)]);

describe('the order of the steps', () => {
  test('each is there once; nothing is lost but a value that a later one replaces', () => {
    fc.assert(
      fc.property(fixes, (some) => {
        const steps = inOrder(some);
        expect(new Set(steps.map(doing)).size).toBe(steps.length);
        const done = steps.flatMap((step) => statements(step).map((one) => `${step.where} ${step.host ?? ''} ${one}`));
        expect(new Set(done).size).toBe(done.length);
        const last = new Map<string, string>();
        for (const step of some.flat())
          for (const one of statements(step)) {
            const setting = /ALTER SYSTEM SET (\w+) =/.exec(one)?.[1] ?? one;
            last.set(`${step.where} ${step.host ?? ''} ${setting}`, `${step.where} ${step.host ?? ''} ${one}`);
          }
        expect(done.toSorted()).toEqual([...last.values()].toSorted());
      }),
      samples(300),
    );
  });

  test('what must come first does', () => {
    fc.assert(
      fc.property(fixes, (some) => {
        const steps = inOrder(some);
        const places = (is: (step: Step) => boolean) => steps.flatMap((step, at) => (is(step) ? [at] : []));
        const before = (first: (step: Step) => boolean, then: (step: Step) => boolean) =>
          expect(Math.max(-1, ...places(first))).toBeLessThan(Math.min(steps.length, ...places(then)));
        const has = (text: RegExp) => (step: Step) => 'run' in step && text.test(step.run);
        const setting = (step: Step) =>
          step.where === 'database' && has(/ALTER SYSTEM SET (?!wal_sender_timeout)/)(step);
        const restarts = (step: Step) => step.effect === 'restart' && step.where === 'source host';
        const reloads = (step: Step) => step.effect === 'reload' && step.where === 'database';
        const firewall = has(/shorewall/);
        const rules = (step: Step) => 'edit' in step && step.edit.file === '/etc/shorewall/rules';
        before(rules, firewall);
        before(firewall, (step) => step.where === 'standby' || setting(step) || restarts(step));
        expect(places(firewall).length).toBeLessThanOrEqual(1);
        before((step) => step.where === 'standby', setting);
        before(setting, restarts);
        before(restarts, reloads);
        before((step) => 'edit' in step, reloads);
        before(
          has(/iptables|ec2|ALTER ROLE/),
          (step) => (step.effect !== 'none' && !firewall(step)) || step.where === 'DMS',
        );
        before(reloads, (step) => step.where === 'DMS');
        expect(places(restarts).length).toBeLessThanOrEqual(1);
        expect(places(reloads).length).toBeLessThanOrEqual(1);
        for (const host of ['10.0.0.1', '10.0.0.2'])
          before(
            (step) => step.host === host && step.effect === 'none',
            (step) => step.host === host && step.effect === 'restart',
          );
        // What one file or chain gets keeps its order: places are counted after what came before.
        for (const kind of [has(/iptables/), rules, (step: Step) => 'edit' in step && !rules(step)]) {
          const found = [...new Set(some.flat().filter(kind).map(doing))];
          expect(steps.filter(kind).map(doing)).toEqual(found);
        }
      }),
      samples(300),
    );
  });

  test('a value that is raised twice is taken back to the first', () => {
    const raise = (to: string, undo: string): Step[] => [
      { ...run('database', `ALTER SYSTEM SET max_wal_senders = '${to}';`), undo },
      restart,
    ];
    const [step] = inOrder([raise('5', 'back to 1'), raise('7', 'back to 5')]);
    expect(step).toMatchObject({ run: "ALTER SYSTEM SET max_wal_senders = '7';", undo: 'back to 1' });
  });
});

const rules = 'host/iptables-nft-save.txt';
const drop = '-p tcp -m tcp --dport 5432 -j DROP';
/** A drop before all rules of INPUT in the table filter, and one in the table raw before it. */
const twiceDropped = (text: string) =>
  text
    .replace(/^.*-A INPUT /m, (first) => `-A INPUT ${drop}\n${first}`)
    .replace(/^\*raw\n(?:[:#].*\n)+/m, (head) => `${head}-A PREROUTING ${drop}\n`);
const setting = (setting_: string, to: Record<string, unknown>) => (text: string) =>
  JSON.stringify(
    (JSON.parse(text) as { name: string }[]).map((row) => (row.name === setting_ ? { ...row, ...to } : row)),
  );
const withoutNft = { 'host/nft-ruleset.json': undefined };

describe('the loop', () => {
  test('walls one behind another in a layer are opened one by one', () => {
    const files = edited('legacy-host-fixed', {
      ...withoutNft,
      [rules]: twiceDropped,
      'host/nft-ruleset.error': 'not-installed: nft: not found',
    });
    const { plan, blockedAt } = check(evidenceFrom(files));
    expect(blockedAt).toContain('iptables');
    const commands = plan.steps.flatMap((step) => ('run' in step && step.run.startsWith('iptables') ? [step.run] : []));
    expect(commands).toEqual([
      expect.stringMatching(/-t raw -I PREROUTING 1 /),
      expect.stringMatching(/-I INPUT \d+ /),
    ]);
    expect(plan.stuck).toBeUndefined();
  });

  test('a wall that survives its own fix leaves the plan stuck, and hides none of the others', () => {
    const files = edited('legacy-host', {
      'postgres/settings.json': setting('wal_level', { setting: 'replica', source: 'command line' }),
    });
    const { plan, blockedAt } = check(evidenceFrom(files));
    expect(plan).toMatchObject({ opens: false, stuck: 'WAL006' });
    expect(blockedAt).toEqual(['shorewall', 'pg-hba', 'wal-level']);
    expect(plan.steps.some((step) => 'edit' in step && step.edit.file.endsWith('pg_hba.conf'))).toBe(true);
  });

  test('a restart from which the server would not come back opens nothing', () => {
    const broken = [{ line_number: 3, type: null, error: 'invalid authentication method' }];
    const files = edited('legacy-host', { 'postgres/hba-file-rules.json': JSON.stringify(broken) });
    const { plan, layers: now, blockedAt } = check(evidenceFrom(files), { scope: ['wal-level', 'restart'] });
    expect(now).toContainEqual({ layer: 'restart', status: 'block' });
    expect(blockedAt).toEqual(['wal-level', 'restart']);
    expect(plan).toMatchObject({ opens: false, stuck: 'RST003' });
  });

  const needed = [...filesOf('legacy-host').keys()].filter((item) => /^(host|postgres|aws)\//.test(item));
  test('it opens only where nothing in scope is left unknown', () => {
    fc.assert(
      fc.property(fc.constantFrom(...needed), fc.subarray([...layers], { minLength: 1 }), (lost, scope) => {
        const files = edited('legacy-host', { [lost]: undefined });
        const { plan, layers: now, blockedAt } = check(evidenceFrom(files), { scope });
        const unknown = now.filter(({ status }) => status === 'unknown');
        const blocked = now.filter(({ status }) => status === 'block').map(({ layer }) => layer);
        // No fix brings an item that was never gathered.
        if (unknown.length > 0) expect(plan.opens).toBe(false);
        expect(blockedAt.filter((layer) => blocked.includes(layer))).toEqual(blocked);
        expect(plan.opens && plan.stuck !== undefined).toBe(false);
        for (const layer of blockedAt) expect(scope).toContain(layer);
      }),
      samples(60),
    );
  });
});
