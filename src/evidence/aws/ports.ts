import type { Send } from './ask.ts';

/** How the SDK's clients are to be made. */
export type AwsOptions = {
  /** Else that of AWS_REGION or the profile. */
  readonly region?: string | undefined;
  /** A profile of `~/.aws/config`; else the SDK's default credential chain, which AWS_PROFILE steers, too. */
  readonly profile?: string | undefined;
  /** How long one call may take, with all its tries, in milliseconds. */
  readonly timeLimit?: number;
  readonly signal?: AbortSignal | undefined;
};

/** Who asks, and where; each as far as it could be told. */
export type Caller = { readonly account?: string; readonly arn?: string; readonly region?: string };

/** Ports to AWS as it is; `close` gives their connections back. `caller` never rejects. */
export type RealPorts = {
  readonly dms: Send;
  readonly ec2: Send;
  readonly caller: () => Promise<Caller>;
  readonly close: () => void;
};

/** Tries of one call: with the SDK's back-off these outlast a short burst of throttling. */
const tries = 5;

/** What the SDK would print on standard error is no part of a report: failures come back as such. */
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * Makes ports from the SDK's clients. AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_DATABASE_MIGRATION_SERVICE, AWS_ENDPOINT_URL_EC2
 * and the other variables of the SDK hold. The clients are loaded when they are needed: that of EC2 while DMS answers.
 */
export function awsPorts({ region, profile, timeLimit = 30_000, signal }: AwsOptions = {}): RealPorts {
  const common = {
    ...(process.env['AWS_MAX_ATTEMPTS'] === undefined ? { maxAttempts: tries } : {}),
    logger: silent,
    // No requestTimeout: its timer would outlive an interrupted call and hold the process; `within` ends late calls.
    requestHandler: { connectionTimeout: 3500 },
  };
  const stop: Stop = { running: new Set(), stopped: signal };
  // One listener for all calls: Node warns where a signal has many.
  signal?.addEventListener('abort', () => stop.running.forEach((one) => one.abort(signal.reason)), { once: true });
  const made: { destroy: () => void }[] = [];
  const dms = once(async () => {
    const { dmsClient, dmsCommands } = await import('./dms-client.ts');
    const client = withoutVersionWarning(() =>
      dmsClient({
        ...common,
        ...(region === undefined ? {} : { region }),
        ...(profile === undefined ? {} : { profile }),
      }),
    );
    made.push(client);
    return { client, commands: dmsCommands };
  });
  const ec2 = once(async () => {
    const [{ ec2Client, ec2Commands }, { client: first }] = await Promise.all([import('./ec2-client.ts'), dms()]);
    // The credentials and the Region are looked up once, for both.
    const { credentials, region: known } = first.config;
    const client = withoutVersionWarning(() => ec2Client({ ...common, region: known, credentials }));
    made.push(client);
    return { client, commands: ec2Commands };
  });
  return {
    dms: async (operation, input) => {
      const { client, commands } = await dms();
      const command = pick(commands, operation)(input);
      const answer = within(timeLimit, stop, (abortSignal) =>
        client.send(command as Parameters<typeof client.send>[0], { abortSignal }),
      );
      // A failure to load comes up again where EC2 is asked.
      setImmediate(() => void ec2().catch(() => undefined));
      return answer;
    },
    ec2: async (operation, input) => {
      const { client, commands } = await ec2();
      const command = pick(commands, operation)(input);
      return within(timeLimit, stop, (abortSignal) =>
        client.send(command as Parameters<typeof client.send>[0], { abortSignal }),
      );
    },
    caller: async () => {
      let known: string | undefined;
      try {
        const [{ callerIdentity, stsClient }, { client: first }] = await Promise.all([
          import('./sts-client.ts'),
          dms(),
        ]);
        const { credentials, region: lookedUp } = first.config;
        known = await lookedUp();
        const client = withoutVersionWarning(() => stsClient({ ...common, region: lookedUp, credentials }));
        made.push(client);
        const answer = await within(timeLimit, stop, (abortSignal) => client.send(callerIdentity(), { abortSignal }));
        return {
          region: known,
          ...(answer.Account === undefined ? {} : { account: answer.Account }),
          ...(answer.Arn === undefined ? {} : { arn: answer.Arn }),
        };
      } catch {
        // It only tells who asks: what is missing is told by the calls that need it.
        return known === undefined ? {} : { region: known };
      }
    },
    close: () => {
      for (const client of made) client.destroy();
    },
  };
}

/** The Region that an ARN names, for a request that gives no other. */
export function regionOf(...names: readonly (string | undefined)[]): string | undefined {
  return names.flatMap((name) => /^arn:[^:]*:dms:([a-z0-9-]+):/.exec(name ?? '')?.[1] ?? []).at(0);
}

/** What is under way, and what ends all of it. */
type Stop = { readonly running: Set<AbortController>; readonly stopped: AbortSignal | undefined };

/** Ends a call at its time limit also while the SDK waits between tries or reads a body, when it does not listen. */
async function within<T>(
  limit: number,
  { running, stopped }: Stop,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const own = new AbortController();
  running.add(own);
  if (stopped?.aborted === true) own.abort(stopped.reason);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = Object.assign(new Error(`no answer within ${limit / 1000} s`), { name: 'TimeoutError' });
      own.abort(error);
      reject(error);
    }, limit);
  });
  try {
    return await Promise.race([call(own.signal), late]);
  } finally {
    clearTimeout(timer);
    running.delete(own);
  }
}

function pick<Commands extends object>(commands: Commands, operation: string): Commands[keyof Commands] {
  if (!Object.hasOwn(commands, operation)) throw new Error(`${operation} is not among the operations of this port`);
  return commands[operation as keyof Commands];
}

/** The SDK warns of Node 20 when its first client is made; this release is held to one that runs there (docs/dependencies.md). */
function withoutVersionWarning<T>(make: () => T): T {
  const name = 'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED';
  const before = process.env[name];
  process.env[name] = 'true';
  try {
    return make();
  } finally {
    if (before === undefined) delete process.env[name];
    else process.env[name] = before;
  }
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
