import * as dms from '@aws-sdk/client-database-migration-service';
import * as ec2 from '@aws-sdk/client-ec2';

/*
 * How the two services write answers: EC2 as XML, DMS as JSON with dates in seconds. The names and types of members come
 * from the schemas that the SDK's packages publish (`DescribeVpcs$` …).
 */

/** A shape: a number for a plain value, a list, a map or a structure, or a function that returns one. */
type Schema = unknown;

const dates = [4, 5, 6, 7];

function resolve(schema: Schema): { schema: Schema; traits: Record<string, unknown> } {
  let at = schema;
  let traits: Record<string, unknown> = {};
  for (;;) {
    if (typeof at === 'function') at = (at as () => Schema)();
    else if (Array.isArray(at) && typeof at[1] !== 'string') {
      traits = { ...traits, ...(at[1] as object | undefined) };
      at = at[0] as Schema;
    } else return { schema: at, traits };
  }
}

/** The shape of an operation's answer. */
function answerOf(service: 'dms' | 'ec2', operation: string): Schema {
  const published = (service === 'dms' ? dms : ec2) as unknown as Record<string, Schema>;
  const schema = published[`${operation}$`];
  if (!Array.isArray(schema)) throw new Error(`the SDK has no operation ${operation}`);
  return schema[5] as Schema;
}

type Member = { name: string; schema: Schema };

function membersOf(schema: readonly unknown[]): Member[] {
  const names = schema[4] as string[];
  const schemas = schema[5] as Schema[];
  return names.map((name, index) => ({ name, schema: schemas[index] }));
}

const isStructure = (schema: Schema): schema is readonly unknown[] => Array.isArray(schema) && schema[0] === 3;
const isList = (schema: Schema): schema is readonly unknown[] => Array.isArray(schema) && schema[0] === 1;

/** A document as EC2 writes it. */
export function xmlAnswer(operation: string, document: unknown): string {
  const body = xmlMembers(resolve(answerOf('ec2', operation)).schema, document);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${operation}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">\n    <requestId>00000000-0000-4000-8000-000000000000</requestId>${body}</${operation}Response>`;
}

function xmlMembers(schema: Schema, value: unknown): string {
  if (!isStructure(schema)) throw new Error('an answer is a structure');
  const from = (value ?? {}) as Record<string, unknown>;
  const known = membersOf(schema);
  const strange = Object.keys(from).find((key) => !known.some(({ name }) => name === key));
  if (strange !== undefined) throw new Error(`${String(schema[2])} has no member ${strange}`);
  return known
    .map(({ name, schema: member }) =>
      from[name] === undefined || from[name] === null ? '' : xmlElement(name, member, from[name]),
    )
    .join('');
}

function xmlElement(name: string, member: Schema, value: unknown): string {
  const { schema, traits } = resolve(member);
  const tag = typeof traits['xmlName'] === 'string' ? traits['xmlName'] : name;
  return `<${tag}>${xmlContent(schema, value)}</${tag}>`;
}

function xmlContent(schema: Schema, value: unknown): string {
  if (isList(schema)) return (value as unknown[]).map((entry) => xmlElement('member', schema[4], entry)).join('');
  if (isStructure(schema)) return xmlMembers(schema, value);
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')
    throw new Error('a plain value is due');
  return String(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** A document as DMS writes it. */
export function jsonAnswer(operation: string, document: unknown): string {
  return JSON.stringify(jsonValue(answerOf('dms', operation), document));
}

function jsonValue(shape: Schema, value: unknown): unknown {
  const { schema } = resolve(shape);
  if (isList(schema)) return (value as unknown[]).map((entry) => jsonValue(schema[4], entry));
  if (isStructure(schema)) {
    const members = new Map(membersOf(schema).map(({ name, schema: member }) => [name, member]));
    // A member that the SDK's release does not know is sent as it is: AWS adds members at any time.
    return Object.fromEntries(
      Object.entries(value as object).map(([name, entry]) => [
        name,
        members.has(name) ? jsonValue(members.get(name), entry) : (entry as unknown),
      ]),
    );
  }
  return typeof schema === 'number' && dates.includes(schema) ? Date.parse(String(value)) / 1000 : value;
}

/** An error as EC2 writes it. */
export function xmlError(code: string, message: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors><RequestID>00000000-0000-4000-8000-000000000000</RequestID></Response>`;
}

/** Who asks, as STS writes it. */
export function callerAnswer(account: string): string {
  return `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::${account}:user/reader</Arn><UserId>AIDAEXAMPLE</UserId><Account>${account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`;
}
