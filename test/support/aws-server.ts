import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pageOf, startOf } from './aws-server-documents.ts';
import type { Documents } from './aws-server-documents.ts';
import { callerAnswer, jsonAnswer, xmlAnswer, xmlError } from './aws-server-wire.ts';

/** One request as it came in. `attempt` counts from 1 how often the same asker put the very same question. */
export type Asked = {
  service: 'dms' | 'ec2' | 'sts';
  operation: string;
  input: Record<string, unknown>;
  page: number;
  attempt: number;
  accessKey: string;
  region: string;
};

/** What the server does instead of answering. */
export type Fault =
  | 'denied'
  | 'throttled'
  | 'expired'
  | 'broken'
  /** A body that ends early though its length is right, as a proxy may leave it. */
  | 'truncated'
  /** A connection that ends inside the body. */
  | 'hung-up'
  | 'empty'
  /** Head and half a body, then nothing. */
  | 'stalled'
  /** Nothing at all. */
  | 'silent';

/** A small AWS: the EC2 query protocol and DMS's JSON 1.1, answering from recorded documents. */
export type AwsServer = { readonly url: string; readonly asked: Asked[]; readonly close: () => Promise<void> };

/**
 * Starts the server on a free port of the loopback interface.
 *
 * @param documents the answers, or those for one asker
 * @param options `pageSize`: most entries of one page; `fault`: what goes wrong with a request; `account`: who is asked
 */
export async function startAwsServer(
  documents: Documents | ((asked: Asked) => Documents),
  {
    pageSize = 1000,
    fault,
    account = () => '111122223333',
  }: {
    pageSize?: number;
    fault?: (asked: Asked) => Fault | undefined;
    account?: (asked: Asked) => string;
  } = {},
): Promise<AwsServer> {
  const asked: Asked[] = [];
  const attempts = new Map<string, number>();
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await bodyOf(request);
    const question = read(request, body);
    const [, accessKey = ''] = /Credential=([^/]+)\//.exec(String(request.headers.authorization)) ?? [];
    const [, region = ''] = /Credential=[^/]+\/\d+\/([^/]+)/.exec(String(request.headers.authorization)) ?? [];
    const same = `${accessKey} ${question.operation} ${body}`;
    const one = { ...question, attempt: (attempts.get(same) ?? 0) + 1, accessKey, region };
    attempts.set(same, one.attempt);
    asked.push(one);
    const own = typeof documents === 'function' ? documents(one) : documents;
    answer(one, response, own, { pageSize, account: account(one), fault: fault?.(one) });
  };
  const server = createServer((request, response) => void take(request, response));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

function read(request: IncomingMessage, body: string): Omit<Asked, 'attempt' | 'accessKey' | 'region'> {
  const target = String(request.headers['x-amz-target'] ?? '');
  if (target.startsWith('AmazonDMSv20160101.')) {
    const input = JSON.parse(body) as Record<string, unknown>;
    return {
      service: 'dms',
      operation: target.slice('AmazonDMSv20160101.'.length),
      input,
      page: 1 + startOf(input['Marker']),
    };
  }
  const input = fromQuery(new URLSearchParams(body));
  const operation = String(input['Action']);
  const service = operation === 'GetCallerIdentity' ? 'sts' : 'ec2';
  return { service, operation, input, page: 1 + startOf(input['NextToken']) };
}

/** `Filter.1.Name=…&Filter.1.Value.1=…` as `Filters: [{ Name, Values }]`. */
function fromQuery(query: URLSearchParams): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  const filters: { Name: string; Values: string[] }[] = [];
  for (const [key, value] of query) {
    const filter = /^Filter\.(\d+)\.(Name|Value)/.exec(key);
    if (filter === null) input[key] = value;
    else {
      const at = (filters[Number(filter[1]) - 1] ??= { Name: '', Values: [] });
      if (filter[2] === 'Name') at.Name = value;
      else at.Values.push(value);
    }
  }
  return filters.length === 0 ? input : { ...input, Filters: filters };
}

function answer(
  one: Asked,
  response: ServerResponse,
  documents: Documents,
  { pageSize, account, fault }: { pageSize: number; account: string; fault: Fault | undefined },
): void {
  const send = (status: number, body: string) => {
    response.writeHead(status, {
      'content-type': one.service === 'dms' ? 'application/x-amz-json-1.1' : 'text/xml;charset=UTF-8',
    });
    response.end(body);
  };
  const refuse = (status: number, code: string, message: string) =>
    send(status, one.service === 'dms' ? JSON.stringify({ __type: code, message }) : xmlError(code, message));
  const isDms = one.service === 'dms';
  const action = `${one.service}:${one.operation}`;
  const who = 'User: arn:aws:iam::111122223333:user/reader is not authorized to perform:';
  if (fault === 'silent') return;
  if (fault === 'denied') {
    if (isDms) refuse(400, 'AccessDeniedException', `${who} ${action} on resource: *`);
    else
      refuse(
        403,
        'UnauthorizedOperation',
        `You are not authorized to perform this operation. ${who} ${action}. Encoded authorization failure message: ${'x'.repeat(500)}`,
      );
  } else if (fault === 'throttled')
    refuse(isDms ? 400 : 503, isDms ? 'ThrottlingException' : 'RequestLimitExceeded', 'Rate exceeded');
  else if (fault === 'expired')
    refuse(
      isDms ? 400 : 401,
      isDms ? 'ExpiredTokenException' : 'AuthFailure',
      'The security token included in the request is expired',
    );
  else if (fault === 'broken')
    refuse(500, isDms ? 'InternalFailure' : 'InternalError', 'An internal error has occurred');
  else if (fault === 'empty') send(200, '');
  else {
    const body = bodyFor(one, documents, pageSize, account);
    if (body === undefined)
      refuse(
        400,
        'InvalidParameterValue',
        `the server does not know how to answer ${action} ${JSON.stringify(one.input)}`,
      );
    else if (fault === 'truncated') send(200, body.slice(0, Math.floor(body.length * 0.6)));
    else if (fault === 'hung-up' || fault === 'stalled') {
      response.writeHead(200, { 'content-length': Buffer.byteLength(body) });
      response.write(body.slice(0, Math.floor(body.length / 2)), () => fault === 'hung-up' && response.destroy());
    } else send(200, body);
  }
}

/** The body of a right answer; undefined where the question is not understood. */
function bodyFor(one: Asked, documents: Documents, pageSize: number, account: string): string | undefined {
  const { service, operation, input } = one;
  if (service === 'sts') return callerAnswer(account);
  if (operation === 'TestConnection') return jsonAnswer(operation, { Connection: { ...input, Status: 'testing' } });
  const page = pageOf(service, operation, input, documents, pageSize);
  if (page === undefined) return undefined;
  return service === 'dms' ? jsonAnswer(operation, page) : xmlAnswer(operation, page);
}
