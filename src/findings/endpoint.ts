import { codesOf, words } from './define.ts';

/** The endpoint's definition, the state of both ends in DMS, and whether the evidence is of the endpoint's server. */
export const endpointCodes = codesOf('endpoint', {
  END001: words<{ name: string; address: string; proof: string }>({
    status: 'pass',
    title: 'The host that was looked at is the endpoint’s server',
    summary: ({ name, address }) => `${name} is ${address}, and the evidence is of that server`,
    detail: ({ proof }) => `Shown by: ${proof}.`,
  }),
  END002: words<{ what: string; expected: string; found: string }>({
    status: 'block',
    title: 'The evidence is of another server than the endpoint’s',
    summary: ({ what, expected, found }) => `${what}: the endpoint’s server has ${expected}, the evidence has ${found}`,
    detail: () =>
      'What follows may be true of a server that DMS never speaks to. Gather the evidence on the server that the endpoint names, or correct the endpoint.',
  }),
  END013: words<{ session: string; endpoint: string; differs: string }>({
    status: 'block',
    title: 'The SQL session is on another server than the endpoint’s',
    summary: ({ session, endpoint }) => `the SQL session is on ${session}; the endpoint is ${endpoint}`,
    detail: ({ differs }) =>
      `Of the server in the session: ${differs}. What the session said is left out of the judgement of every other layer; log in to the endpoint’s server.`,
  }),
  END003: words<{ why: string }>({
    status: 'unknown',
    title: 'That the evidence is of the endpoint’s server is not proved',
    summary: ({ why }) => `whether this is the endpoint’s server is not proved: ${why}`,
    detail: () =>
      'The host’s addresses, the cluster behind the endpoint’s port and the SQL session must be shown to be one server. Until then nothing can be called open.',
  }),
  END004: words({
    status: 'unknown',
    title: 'Nothing dates the evidence',
    summary: () => 'bundle.json does not say when the evidence was collected (collectedAt)',
    detail: () =>
      'Rules and settings change. Without a date nothing shows that these files were gathered together, so the path cannot be called open. Add "collectedAt" to bundle.json, or gather the bundle with host-facts.sh.',
  }),
  END005: words<{ what: string; name: string; status: string }>({
    status: 'block',
    title: 'DMS’s endpoint or replication instance is in a state that cannot connect',
    summary: ({ what, name, status }) => `the ${what} ${name} is ${status}`,
    detail: ({ what }) => `DMS opens no connection while the ${what} is in this state.`,
  }),
  END006: words<{ what: string; name: string; item: string }>({
    status: 'unknown',
    title: 'The endpoint or replication instance is not in the recorded list',
    summary: ({ what, name, item }) => `the ${what} ${name} is not in ${item}`,
    detail: () =>
      'Another Region, another account, or a name that was changed: its definition and state are not known.',
  }),
  END007: words<{ field: string; flow: string; defined: string }>({
    status: 'warn',
    title: 'The connection that is judged is not the one that the endpoint defines',
    summary: ({ field, flow, defined }) => `${field} ${flow} is judged, the endpoint says ${defined}`,
    detail: () => 'This is meant where an option overrides the definition; DMS itself will use what the endpoint says.',
  }),
  END008: words<{ version: string; engine: string; minimum: string }>({
    status: 'block',
    title: 'The replication instance’s engine is too old for this PostgreSQL',
    summary: ({ version, engine, minimum }) =>
      `PostgreSQL ${version} needs DMS engine ${minimum}, the instance runs ${engine}`,
    detail: ({ minimum }) =>
      `Upgrade the replication instance to engine ${minimum} or later (modify-replication-instance --engine-version).`,
  }),
  END009: words<{ message: string; explained: string }>({
    status: 'pass',
    title: 'DMS’s own last connection test is accounted for',
    summary: ({ explained }) => `DMS’s last test: ${explained}`,
    detail: ({ message }) => `DMS’s message carries no date. It reads: ${message}`,
  }),
  END010: words<{ message: string; explained: string }>({
    status: 'warn',
    title: 'DMS’s own last connection test contradicts what the configuration says',
    summary: ({ explained }) => `DMS’s last test does not fit: ${explained}`,
    detail: ({ message }) =>
      `The message carries no date; rules may have changed since, the replication instance’s address may be another one, or the packet took another path. It reads: ${message}`,
  }),
  END011: words<{ what: string; address: string; why: string }>({
    status: 'block',
    title: 'A pooler or proxy answers in the server’s place, and passes no replication',
    summary: ({ what, address }) => `${what} answers at ${address}, and passes no replication connection`,
    detail: ({ why }) =>
      `${sentence(why)} A full load works through it, and the task then fails where it makes its slot. Point the endpoint at the server itself.`,
  }),
  END012: words<{ what: string; address: string; why: string }>({
    status: 'unknown',
    title: 'A pooler or proxy answers in the server’s place',
    summary: ({ what, address }) => `${what} answers at ${address} in the server’s place`,
    detail: ({ why }) =>
      `${sentence(why)} The server sees the pooler’s address and log-in, not those of DMS, so what is judged behind it is not proved. Point the endpoint at the server itself.`,
  }),
  END016: words<{ seen: string; judged: string }>({
    status: 'warn',
    title: 'DMS’s last test came from another address than the one that is judged',
    summary: ({ seen, judged }) => `the server saw ${seen} in DMS’s last test; ${judged} is judged`,
    detail: ({ seen }) =>
      `PostgreSQL’s own words name the address that the connection came from. ${seen} is none of those that were judged: the instance was replaced or failed over since, a NAT stands between, or the test was another instance’s. Judge it with --from ${seen}.`,
  }),
  END014: words<{ name: string; value: string }>({
    status: 'block',
    title: 'The endpoint’s server name holds what no name has',
    summary: ({ name, value }) => `the server name of ${name} is ${value}`,
    detail: () =>
      'Blanks, quotes, a scheme or a port in the server name were pasted along. DMS builds its connection string of it, and reports anything from “Incorrect thread connection string” to a name that cannot be resolved.',
  }),
  END015: words<{ name: string; field: string; value: string }>({
    status: 'warn',
    title: 'A name of the endpoint has quotes or blanks around it',
    summary: ({ name, field, value }) => `${field} of ${name} is ${value}`,
    detail: ({ field }) =>
      `DMS takes ${field} to the letter: PostgreSQL then looks for a name that has these quotes or blanks in it. Hardly anybody has one.`,
  }),
  END017: words<{ name: string; secret: string }>({
    status: 'warn',
    title: 'The endpoint’s address and password stand in a secret',
    summary: ({ name, secret }) => `${name} takes its connection from the secret ${secret}`,
    detail: () =>
      'Secret values are not read. Give --host, --port, --database and --user as the secret has them. DMS must also be allowed to read the secret, with the endpoint’s role; whether it reaches Secrets Manager at all is judged apart.',
  }),
  END023: words<{ secret: string; from: string; way: string; how: string }>({
    status: 'pass',
    title: 'Secrets Manager, where the endpoint’s secret is, can be reached',
    summary: ({ from, way }) => `Secrets Manager can be reached from ${from} ${way}`,
    detail: ({ secret, how }) => `For the secret ${secret}: ${how}.`,
  }),
  END024: words<{ secret: string; from: string; why: string }>({
    status: 'block',
    title: 'Secrets Manager, where the endpoint’s secret is, cannot be reached',
    summary: ({ from }) => `nothing leads from ${from} to Secrets Manager (TCP 443), where the endpoint’s secret is`,
    detail: ({ secret, why }) =>
      `DMS asks for the secret ${secret} before it connects to the database, and runs into a timeout that looks like a wrong role. In the way: ${why}.`,
  }),
  END025: words<{ secret: string; from: string; why: string }>({
    status: 'unknown',
    title: 'Whether Secrets Manager can be reached is not known',
    summary: ({ from }) =>
      `whether ${from} reaches Secrets Manager (TCP 443), where the endpoint’s secret is, is not known`,
    detail: ({ secret, why }) =>
      `DMS asks for the secret ${secret} before it connects to the database. Not seen: ${why}.`,
  }),
  END018: words<{ name: string; status: string; message: string }>({
    status: 'warn',
    title: 'The serverless replication failed when it last ran',
    summary: ({ name, status }) => `the serverless replication ${name} is ${status}`,
    detail: ({ message }) => `DMS’s message, which carries no date: ${message}`,
  }),
  END019: words<{ at: string }>({
    status: 'pass',
    title: 'DMS’s own connection test of this run succeeded',
    summary: ({ at }) => `DMS’s own test succeeded at ${at}`,
    detail: () =>
      'The replication instance connected and logged in with SQL. What needs more than that (a slot, the WAL level, the role’s rights) the test does not touch.',
  }),
  END020: words<{ message: string; explained: string; at: string }>({
    status: 'unknown',
    title: 'DMS’s own connection test of this run failed, and nothing that was seen explains it',
    summary: ({ explained }) => `DMS’s own test of this run failed: ${explained}`,
    detail: ({ message, at }) =>
      `What happened outranks what should: while DMS’s own test fails, nothing is called open. At ${at} it said: ${message}`,
  }),
  END021: words<{ point: string; at: string }>({
    status: 'pass',
    title: 'How far DMS’s own connection test of this run came',
    summary: ({ point }) => `DMS’s own test ${point}`,
    detail: ({ at }) =>
      `The host was looked at before DMS’s test and after it (${at}). What the attempt got past is open; what ended it, if it failed, stands there or behind.`,
  }),
  END022: words<{ nothing: string; why: string; at: string }>({
    status: 'unknown',
    title: 'DMS’s own connection test of this run did not come to this host',
    summary: ({ nothing }) => `DMS’s own test did not come to this host: ${nothing}`,
    detail: ({ why, at }) => `DMS tested until ${at}: ${why}. Until that is known, nothing is called open.`,
  }),
});

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
