import type { Endpoint, ReplicationTask } from '../evidence/parse/aws.ts';
import type { Reader } from './probe.ts';

type TaskReader = Reader<never, 'aws/describe-replication-tasks.json' | 'aws/describe-endpoints.json'>;
type EndpointReader = Reader<never, 'aws/describe-endpoints.json'>;

/** Sub-tasks of a full load where a task's settings do not say (AWS DMS user guide, full-load task settings). */
const defaultSubTasks = 8;

/** Connections that a task opens beside its full-load sub-tasks: the metadata, capture and apply streams. */
export const streamsOfATask = 3;

/** DMS's definition of the flow's endpoint where it was seen; absence decides nothing here. */
export function seenEndpoint(e: EndpointReader): Endpoint | undefined {
  const name = e.flow.endpoint;
  return e
    .maybe('aws/describe-endpoints.json')
    ?.find((one) => one.EndpointIdentifier === name || one.EndpointArn === name);
}

/** The tasks that read from the flow's endpoint, as far as they were seen; undefined where none was looked for. */
export function tasksOfSource(e: TaskReader): ReplicationTask[] | undefined {
  const arn = seenEndpoint(e)?.EndpointArn;
  return arn === undefined
    ? undefined
    : e.maybe('aws/describe-replication-tasks.json')?.filter((one) => one.SourceEndpointArn === arn);
}

const holding = ['running', 'stopping'];

/** Whether a task runs now, and so holds its connections, its slot and its walsender already. */
export function isRunning(task: ReplicationTask): boolean {
  return holding.includes(task.Status);
}

/**
 * How many slots and walsenders the tasks that do not run yet will take: one for each that reads changes, and one where no
 * task is known.
 */
export function streamsNeeded(tasks: readonly ReplicationTask[] | undefined): number {
  if (tasks === undefined || tasks.length === 0) return 1;
  return tasks.filter((one) => one.MigrationType !== 'full-load' && !isRunning(one)).length;
}

/** How many connections the tasks that do not run yet will open, and how many tasks that are; one where no task is known. */
export function connectionsNeeded(tasks: readonly ReplicationTask[] | undefined): {
  connections: number;
  waiting: number;
} {
  if (tasks === undefined || tasks.length === 0) return { connections: defaultSubTasks + streamsOfATask, waiting: 1 };
  const waiting = tasks.filter((one) => !isRunning(one));
  return {
    connections: waiting.reduce((sum, one) => sum + subTasksOf(one) + streamsOfATask, 0),
    waiting: waiting.length,
  };
}

function subTasksOf(task: ReplicationTask): number {
  if (task.MigrationType === 'cdc') return 0;
  const value = member(settingsOf(task), 'FullLoadSettings', 'MaxFullLoadSubTasks');
  return typeof value === 'number' && value > 0 ? value : defaultSubTasks;
}

/** Kilobytes at which a task cuts LOBs where its settings do not say. */
export const defaultLobLimit = 32;

/** How a task moves LOBs, from its TargetMetadata: cut at so many kilobytes, or whole (undefined). */
export function lobLimitOf(task: ReplicationTask): number | undefined {
  const metadata = (key: string) => member(settingsOf(task), 'TargetMetadata', key);
  if (metadata('SupportLobs') === false) return 0;
  if (metadata('FullLobMode') === true) return undefined;
  const size = metadata('LobMaxSize');
  return typeof size === 'number' ? size : defaultLobLimit;
}

/** A task's settings, or an empty object where they cannot be read: the task layer says so. */
function settingsOf(task: ReplicationTask): unknown {
  try {
    return JSON.parse(task.ReplicationTaskSettings ?? '{}') as unknown;
  } catch {
    return {};
  }
}

function member(value: unknown, ...keys: readonly string[]): unknown {
  return keys.reduce<unknown>(
    (holder, key) =>
      typeof holder === 'object' && holder !== null ? (holder as Record<string, unknown>)[key] : undefined,
    value,
  );
}
