import type { Setting } from '../evidence/parse/postgres.ts';
import type { Fix, Patch, Step } from '../finding.ts';
import { readsChanges } from '../flow.ts';
import { sqlIdentifier } from '../sql.ts';
import type { Draft, Reader } from './probe.ts';
import { probe } from './probe.ts';
import { restartStep, settingStep, standbysFirst } from './restart-step.ts';
import type { Override, TimeLimit } from './settings.ts';
import { numberOf, originOf, overrideWords, settingText, timeLimit, timeWords } from './settings.ts';
import { streamsNeeded, tasksOfSource } from './tasks.ts';
import { command } from './wording.ts';

const tenSeconds = 10_000;
const fiveMinutes = 300_000;
/** What ends a session of DMS that does as it should: it reads one table for hours, and keeps a transaction open meanwhile. */
const sessionLimits = [
  'statement_timeout',
  'idle_in_transaction_session_timeout',
  'idle_session_timeout',
  'transaction_timeout',
];

type SenderReader = Reader<
  'postgres/settings.json' | 'postgres/replication.json' | 'postgres/role-settings.json',
  | 'postgres/slots.json'
  | 'postgres/file-settings.json'
  | 'aws/describe-endpoints.json'
  | 'aws/describe-replication-tasks.json'
  | 'postgres/activity.json'
  | 'postgres/server.json'
  | 'host/clusters.json'
>;

/** Whether WAL senders are free, and whether the server gives DMS the time that it needs. */
export const senders = probe({
  layer: 'senders',
  needs: ['postgres/settings.json', 'postgres/replication.json', 'postgres/role-settings.json'],
  sharpens: [
    'postgres/slots.json',
    'postgres/file-settings.json',
    'aws/describe-endpoints.json',
    'aws/describe-replication-tasks.json',
    'postgres/activity.json',
    'postgres/server.json',
    'host/clusters.json',
  ],
  *judge(e) {
    const settings = e.need('postgres/settings.json');
    const [maxSetting, timeout] = [settings.get('max_wal_senders'), settings.get('wal_sender_timeout')];
    const max = numberOf(maxSetting);
    if (maxSetting === undefined || max === undefined)
      return e.notUnderstood('postgres/settings.json', 'it has no row for max_wal_senders');
    if (timeout === undefined || numberOf(timeout) === undefined)
      return e.notUnderstood('postgres/settings.json', 'it has no row for wal_sender_timeout');
    const used = e.need('postgres/replication.json').length;
    const evidence = [
      e.cite('postgres/settings.json', settingText(maxSetting)),
      e.cite('postgres/replication.json', `${used} row${used === 1 ? '' : 's'}`),
      e.cite('postgres/settings.json', settingText(timeout)),
    ] as const;
    const caveats = yield* endedSessions(e);
    if (!readsChanges(e.flow)) {
      yield { code: 'SND005', args: {}, evidence, caveats };
      return;
    }
    // A standby that is away for the moment comes back for the sender that its slot stands for.
    const away =
      e.maybe('postgres/slots.json')?.filter((slot) => slot.slot_type === 'physical' && !slot.active).length ?? 0;
    const needed = streamsNeeded(tasksOfSource(e));
    const free = max - used;
    const enough = free >= needed + away;
    if (needed > 0 && free <= 0)
      yield { code: 'SND002', args: { max, used }, evidence, fix: raise(e, maxSetting, used + needed + away) };
    else if (!enough && needed > 0)
      yield {
        code: 'SND006',
        args: { free, max, needed, away },
        evidence,
        fix: raise(e, maxSetting, used + needed + away),
      };
    const limit = limitOf(e, timeout);
    const { milliseconds, from } = limit ?? { milliseconds: 0, from: originOf(timeout) };
    const words = timeWords(milliseconds);
    if (limit !== undefined && milliseconds > 0 && milliseconds < tenSeconds)
      yield {
        code: 'SND003',
        args: { timeout: words, from },
        evidence,
        fix: setLimit(e, timeout, limit, '60s', false),
      };
    else if (limit !== undefined && milliseconds > fiveMinutes)
      yield {
        code: 'SND004',
        args: { timeout: words, from },
        evidence,
        fix: setLimit(e, timeout, limit, '60s', false),
      };
    else if (enough || needed === 0)
      yield {
        code: 'SND001',
        args: { max, used, timeout: words },
        evidence,
        caveats: limit === undefined ? [...caveats, notSeen('wal_sender_timeout')] : caveats,
      };
  },
});

/** A session that gathers has settings of its own; what the server gives to others then stands in the files. */
const ownSources = ['client', 'session', 'user', 'database', 'database user', 'interactive'];

function limitOf(e: SenderReader, setting: Setting): TimeLimit | undefined {
  const overrides = e.need('postgres/role-settings.json');
  if (!ownSources.includes(setting.source ?? '')) return timeLimit(setting, overrides, e.flow);
  const files = e.maybe('postgres/file-settings.json');
  const row = files?.findLast((one) => one.name === setting.name && one.applied !== false);
  const value = row?.setting ?? setting.boot_val ?? null;
  const server: Setting = {
    ...setting,
    source: row === undefined ? 'default' : 'configuration file',
    sourcefile: row?.sourcefile,
    sourceline: row?.sourceline,
  };
  const own =
    timeLimit({ ...server, setting: value }, [], e.flow) ??
    timeLimit({ ...server, setting: '0' }, [{ setting: `${setting.name}=${value ?? ''}` }], e.flow);
  const overridden = timeLimit(server, overrides, e.flow);
  if (overridden?.override !== undefined) return overridden;
  return files === undefined || own === undefined
    ? undefined
    : { milliseconds: own.milliseconds, from: originOf(server), override: undefined };
}

const notSeen = (name: string) =>
  `${name} of the server itself is not seen: the session that gathered has one of its own.`;

function* endedSessions(e: SenderReader): Generator<Draft, readonly string[]> {
  const caveats: string[] = [];
  for (const name of sessionLimits) {
    const setting = e.need('postgres/settings.json').get(name);
    // idle_session_timeout came with 14, transaction_timeout with 17.
    if (setting === undefined) continue;
    const limit = limitOf(e, setting);
    if (limit === undefined) caveats.push(notSeen(name));
    else if (limit.milliseconds > 0)
      yield {
        code: 'SND007',
        args: { name, limit: timeWords(limit.milliseconds), from: limit.from },
        evidence: [
          limit.override === undefined
            ? e.cite('postgres/settings.json', settingText(setting))
            : e.cite('postgres/role-settings.json', `${overrideWords(limit.override)}: ${limit.override.setting}`),
        ],
        subject: name,
        fix: setLimit(e, setting, limit, '0', true),
      };
  }
  return caveats;
}

/** Sets a limit for DMS's role alone where a session may have its own; that role's setting in the database stands above it. */
function setLimit(
  e: SenderReader,
  setting: Setting,
  { override, milliseconds }: TimeLimit,
  value: string,
  always: boolean,
): Fix {
  if (!always && setting.context !== 'user' && override === undefined) return setServer(setting, value);
  const user = e.fact('user');
  const target: Override = override?.role ? override : { role: user, database: null, setting: '' };
  const words = overrideWords(target);
  const step: Step = {
    where: 'database',
    run: `ALTER ${words} SET ${setting.name} = '${value}';`,
    effect: 'none',
    risk: `Only new sessions of ${sqlIdentifier(user)} have it.`,
    undo: command(
      override?.role
        ? `ALTER ${words} SET ${setting.name} = '${milliseconds}ms';`
        : `ALTER ${words} RESET ${setting.name};`,
    ),
    verify: `\`SELECT setconfig FROM pg_db_role_setting;\``,
  };
  const text = `${setting.name}=${value}`;
  const patch: Patch = override?.role
    ? {
        item: 'postgres/role-settings.json',
        row: { role: override.role, database: override.database ?? null, setting: override.setting },
        set: { setting: text },
      }
    : { item: 'postgres/role-settings.json', path: [], push: { role: user, database: null, setting: text } };
  return { steps: [step], patches: [patch] };
}

function setServer(setting: Setting, value: string): Fix {
  const auto = setting.sourcefile?.endsWith('postgresql.auto.conf');
  const old = auto
    ? `ALTER SYSTEM SET ${setting.name} = '${setting.setting ?? ''}ms';`
    : `ALTER SYSTEM RESET ${setting.name};`;
  return {
    steps: [
      {
        where: 'database',
        run: `ALTER SYSTEM SET ${setting.name} = '${value}'; SELECT pg_reload_conf();`,
        effect: 'reload',
        risk: 'A standby that hangs is noticed later. The reload brings in every other edit of the files.',
        undo: `\`${old} SELECT pg_reload_conf();\``,
        verify: `\`SHOW ${setting.name};\``,
      },
    ],
    patches: [{ item: 'postgres/settings.json', row: { name: setting.name }, set: { setting: '60000' } }],
  };
}

/** Senders are raised on the standbys first, from version 12 on: before it, a standby had no such need. */
function raise(e: SenderReader, setting: Setting, to: number): Fix {
  const version = e.maybe('postgres/server.json')?.server_version_num ?? 0;
  return {
    steps: [
      ...(version >= 120_000 ? standbysFirst(e, [{ name: setting.name, value: String(to) }]) : []),
      settingStep(
        e,
        setting,
        String(to),
        version >= 120_000
          ? 'A little shared memory. Raise the standbys first.'
          : 'They count against max_connections up to version 11.',
      ),
      restartStep(e),
    ],
    patches: [
      {
        item: 'postgres/settings.json',
        row: { name: setting.name },
        set: { setting: String(to), pending_restart: false },
      },
    ],
  };
}
