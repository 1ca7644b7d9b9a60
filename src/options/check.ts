import type { Argv } from 'yargs';
import { failOnLevels } from '../exit-code.ts';
import { migrationTypes, tlsModes } from '../flow.ts';
import { reportFormats } from '../report/index.ts';
import type { OptionSpec } from './configuration.ts';
import { configured, withoutDefaults } from './configured.ts';
import type { Declare } from './declare.ts';
import { examples } from './examples.ts';
import { colored, io, outputOptions } from './output.ts';
import { demotions, scopeOf } from './scope.ts';
import { UsageError } from './usage.ts';
import { addresses, durationOf, portOf } from './values.ts';

/** `check`: judge every layer of the path. */
export const check: Declare = (parser, name, set) => {
  const specs = new Map<string, OptionSpec>();
  return parser.command(
    `${name} [name]`,
    'judge every layer of the path, say what blocks, and what to change',
    (y) => {
      const all = withoutDefaults(y, (handed) => checkOptions(outputOptions(handed)), specs);
      for (const [title, names] of Object.entries(titles)) all.group(names, `${title}:`);
      return all
        .positional('name', { type: 'string', describe: 'a source of the configuration file' })
        .epilogue(checkExamples);
    },
    async (typed) => {
      const options = await read(await configured(typed, specs));
      set(await (await import('../commands/check.ts')).runCheck(options, io()));
    },
  );
};

/** The options under the questions that they answer; one that stands nowhere here is listed last. */
const titles: Readonly<Record<string, string[]>> = {
  'Where the evidence comes from': [
    ...['bundle', 'local', 'ssh', 'ask-sudo-password', 'pg-url', 'endpoint', 'replication-instance', 'task'],
    ...['replication-config', 'region', 'profile', 'max-age', 'timeout', 'save-bundle', 'config'],
  ],
  'The connection, where the evidence does not say': [
    ...['from', 'host', 'port', 'database', 'user', 'tls', 'migration-type'],
  ],
  'What is judged, and what gates': ['only', 'skip', 'demote', 'fail-on', 'wait'],
  'What is written': ['format', 'report', 'plan', 'verbose', 'quiet', 'color'],
};

const checkExamples = `${examples([
  [
    'dms-doctor check --local --from 172.31.23.112',
    'on the source host itself; the address is the replication instance’s',
  ],
  [
    'dms-doctor check --bundle facts.txt --from 172.31.23.112 --host 172.31.40.17',
    'what a DBA gathered with host-facts.sh',
  ],
  ['dms-doctor check --endpoint orders-source --ssh admin@db1', 'asks AWS and, over SSH, the source host'],
  [
    'dms-doctor check --bundle ./orders-db --report html=dms.html --quiet',
    'a gate in a pipeline: the exit code is the verdict, the file says why',
  ],
  [
    'dms-doctor check --bundle ./orders-db --skip readiness --demote END010',
    'without what only warns; one code does not gate',
  ],
])}

Exit codes: 0 open, 1 blocked, 2 wrong usage or an unreadable bundle,
3 undetermined, 4 nothing to judge, 130 interrupted.`;

function checkOptions<T>(y: Argv<T>) {
  const text = (describe: string) => ({ type: 'string', describe, requiresArg: true }) as const;
  const many = (describe: string) => ({ ...text(describe), array: true }) as const;
  return y
    .option('bundle', many('recorded evidence: a directory, the output of host-facts.sh, or - for standard input'))
    .option('local', {
      type: 'boolean',
      default: false,
      describe: 'this very host is the source: gather its facts with host-facts.sh',
    })
    .option('ssh', text('the source host, as [user@]host[:port]: gather its facts over SSH'))
    .option('ask-sudo-password', {
      type: 'boolean',
      default: false,
      describe: 'ask on the terminal for the password that sudo wants on the source host',
    })
    .option(
      'pg-url',
      text(
        'log in to the source database for its part, as postgres://USER@HOST/DATABASE; keep the password in ~/.pgpass: others on this machine can read a command line',
      ),
    )
    .option('save-bundle', text('the file that gets everything that was gathered; --bundle judges it again'))
    .option(
      'max-age',
      text('the age past which recorded evidence no longer counts, as 90m, 24h or 2d (24h beside live)'),
    )
    .option('timeout', { ...text('how long gathering may take, as 30s or 2m (30s; 5m with --test-connection)') })
    .option('endpoint', text('the DMS endpoint, by identifier or ARN: a recorded one, else AWS is asked'))
    .option('replication-instance', text('the DMS replication instance, by identifier or ARN'))
    .option('task', text('the DMS task whose source is meant, by identifier or ARN (asks AWS)'))
    .option(
      'replication-config',
      text('the serverless replication whose source is meant, by identifier or ARN (asks AWS)'),
    )
    .option('all', {
      type: 'boolean',
      default: false,
      describe: 'every source connection of the Region (or the bundle), in one table',
    })
    .option('test-connection', {
      type: 'boolean',
      default: false,
      describe: 'let DMS test the connection once and wait for it (asks AWS): the only call that acts',
    })
    .option('region', text('the AWS Region (asks AWS)'))
    .option('profile', many('a profile of the AWS CLI (asks AWS); twice where the source is in another account'))
    .option('from', many('an address or CIDR that the connection comes from; may be repeated'))
    .option('host', text('the source’s name or address'))
    .option('port', text('the source’s port'))
    .option('database', text('the database'))
    .option('user', text('the role that DMS logs in as'))
    .option('tls', { choices: tlsModes, describe: 'the endpoint’s TLS mode', requiresArg: true })
    .option('migration-type', { choices: migrationTypes, describe: 'what the task does', requiresArg: true })
    .option('only', many('judge only these layers or groups (comma-separated)'))
    .option('skip', many('leave these layers or groups out (comma-separated)'))
    .option('demote', many('a code or layer whose blocks and unknowns count as warnings; may be repeated'))
    .option('fail-on', {
      choices: failOnLevels,
      default: 'unknown' as const,
      describe: 'from which status on the exit code is not 0',
    })
    .option(
      'wait',
      text('look again until the path is open, for as long as 90s or 10m: while somebody edits a firewall'),
    )
    .option('format', { choices: reportFormats, default: 'text' as const, describe: 'how to write the report' })
    .option('report', many('also write a report into a file, as FORMAT=FILE; may be repeated'))
    .option('config', text('the configuration file (default: dms-doctor.yaml, where a source is named)'))
    .option('plan', text('also write the plan: a shell script behind a guard, or Markdown where FILE ends in .md'));
}

type CheckArguments = Awaited<ReturnType<typeof checkOptions>['argv']> &
  Awaited<ReturnType<typeof outputOptions>['argv']>;

async function read(args: CheckArguments) {
  if (args.local && args.ssh !== undefined) throw new UsageError('--local and --ssh name two source hosts: give one');
  const reports = reportsOf(args.report ?? []);
  const unlisted = [args.format, ...reports.map(({ format }) => format)].find(
    (one) => one !== 'text' && one !== 'json',
  );
  if (args.all && (args.wait !== undefined || args.plan !== undefined))
    throw new UsageError('--wait and --plan are for one connection, and not for --all');
  if (args.wait !== undefined && args.testConnection)
    throw new UsageError('--test-connection tests once, and not with --wait');
  if (args.all && args.testConnection) throw new UsageError('--test-connection tests one connection, and not --all');
  if (args.all && unlisted !== undefined) throw new UsageError(`--all is written as text or json, not as ${unlisted}`);
  const port = portOf(args.port);
  return {
    bundles: args.bundle ?? [],
    live: {
      local: args.local,
      ssh: args.ssh,
      askSudoPassword: args.askSudoPassword,
      pgUrl: args.pgUrl,
      aws: {
        region: args.region,
        profiles: args.profile ?? [],
        task: args.task,
        replicationConfig: args.replicationConfig,
        all: args.all,
        testConnection: args.testConnection,
      },
    },
    saveBundle: args.saveBundle,
    maxAge: args.maxAge === undefined ? undefined : durationOf('--max-age', args.maxAge),
    wait: args.wait === undefined ? undefined : durationOf('--wait', args.wait),
    timeout: durationOf('--timeout', args.timeout ?? (args.testConnection ? '5m' : '30s')),
    flow: {
      from: await addresses(args.from ?? []),
      host: args.host,
      port,
      database: args.database,
      user: args.user,
      tls: args.tls,
      migrationType: args.migrationType,
      endpoint: args.endpoint,
      replicationInstance: args.replicationInstance,
      replicationConfig: args.replicationConfig,
    },
    scope: await scopeOf(args.only, args.skip),
    demote: await demotions(args.demote ?? []),
    failOn: args.failOn,
    format: args.format,
    reports,
    plan: args.plan,
    verbose: args.verbose,
    quiet: args.quiet,
    color: await colored(args.color),
  };
}

function reportsOf(texts: readonly string[]) {
  return texts.map((text) => {
    const [, name, file] = /^([^=]*)=(.+)$/s.exec(text) ?? [];
    const format = reportFormats.find((known) => known === name);
    if (format === undefined || file === undefined)
      throw new UsageError(`--report ${text}: write FORMAT=FILE, with a format of ${reportFormats.join(', ')}`);
    return { format, file };
  });
}
