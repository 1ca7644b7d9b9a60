import type { Setting } from '../evidence/parse/postgres.ts';
import { readsChanges } from '../flow.ts';
import { probe } from './probe.ts';
import { numberOf, originOf, settingText } from './settings.ts';

const tenSeconds = 10_000;
const fiveMinutes = 300_000;

/** Whether a WAL sender is free, and whether the server gives it the time that DMS needs. */
export const senders = probe({
  layer: 'senders',
  needs: ['postgres/settings.json', 'postgres/replication.json'],
  sharpens: ['postgres/role-settings.json'],
  *judge(e) {
    const settings = e.need('postgres/settings.json');
    const [maxSetting, timeout] = [settings.get('max_wal_senders'), settings.get('wal_sender_timeout')];
    const max = numberOf(maxSetting);
    if (maxSetting === undefined || max === undefined) return e.notUnderstood('postgres/settings.json', 'it has no row for max_wal_senders');
    if (timeout === undefined || numberOf(timeout) === undefined) return e.notUnderstood('postgres/settings.json', 'it has no row for wal_sender_timeout');
    const used = e.need('postgres/replication.json').length;
    const evidence = [
      e.cite('postgres/settings.json', settingText(maxSetting)),
      e.cite('postgres/replication.json', `${used} row${used === 1 ? '' : 's'}`),
      e.cite('postgres/settings.json', settingText(timeout)),
    ] as const;
    if (!readsChanges(e.flow)) {
      yield { code: 'SND005', args: {}, evidence };
      return;
    }
    if (used >= max) yield { code: 'SND002', args: { max, used }, evidence };
    const { milliseconds, from } = effectiveTimeout(timeout, e.maybe('postgres/role-settings.json') ?? [], e.flow);
    const words = milliseconds === 0 ? 'off' : `${milliseconds / 1000} s`;
    if (milliseconds > 0 && milliseconds < tenSeconds)
      yield { code: 'SND003', args: { timeout: words, from }, evidence, ...(from === originOf(timeout) ? { fix: raise(timeout) } : {}) };
    else if (milliseconds > fiveMinutes) yield { code: 'SND004', args: { timeout: words, from }, evidence };
    else if (used < max) yield { code: 'SND001', args: { max, used, timeout: words }, evidence };
  },
});

type Override = { role?: string | null | undefined; database?: string | null | undefined; setting: string };

/** The most specific override wins: role in database, then role, then database (PostgreSQL, ALTER ROLE). */
function effectiveTimeout(server: Setting, overrides: readonly Override[], flow: { user: string | undefined; database: string | undefined }) {
  const own = overrides
    .filter(({ setting }) => setting.startsWith('wal_sender_timeout='))
    .filter(({ role, database }) => (!role || role === flow.user) && (!database || database === flow.database))
    .toSorted((a, b) => rank(b) - rank(a))[0];
  const milliseconds = own === undefined ? undefined : durationOf(own.setting.slice('wal_sender_timeout='.length));
  if (own === undefined || milliseconds === undefined) return { milliseconds: numberOf(server) ?? 0, from: originOf(server) };
  return { milliseconds, from: `ALTER ${own.role ? `ROLE ${own.role}` : ''}${own.database ? ` DATABASE ${own.database}` : ''}` };
}

function rank({ role, database }: Override): number {
  return (role ? 2 : 0) + (database ? 1 : 0);
}

function durationOf(text: string): number | undefined {
  const match = /^(\d+)\s*(ms|s|min|h|d)?$/.exec(text.trim());
  const units: Record<string, number> = { ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 };
  return match ? Number(match[1]) * (units[match[2] ?? 'ms'] ?? 1) : undefined;
}

function raise(timeout: Setting) {
  return {
    steps: [
      {
        where: 'database' as const,
        run: "ALTER SYSTEM SET wal_sender_timeout = '60s'; SELECT pg_reload_conf();",
        effect: 'reload' as const,
        risk: 'A standby that hangs is noticed later.',
        undo: `ALTER SYSTEM SET wal_sender_timeout = '${timeout.setting ?? ''}ms'; SELECT pg_reload_conf();`,
        verify: 'SHOW wal_sender_timeout;',
      },
    ],
    patches: [{ item: 'postgres/settings.json', row: { name: 'wal_sender_timeout' }, set: { setting: '60000' } }],
  };
}
