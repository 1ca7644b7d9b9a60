import { codesOf, words } from './define.ts';

/** The listening socket behind the endpoint’s port. */
export const listenerCodes = codesOf('listener', {
  LSN001: words<{ socket: string; process: string }>({
    status: 'pass',
    title: 'PostgreSQL listens where the endpoint points',
    summary: ({ socket, process }) => `${process} listens on ${socket}`,
    detail: ({ socket }) => `The socket ${socket} belongs to the cluster that was looked at.`,
  }),
  LSN002: words<{ port: number }>({
    status: 'block',
    title: 'Nothing listens on the endpoint’s port',
    summary: ({ port }) => `nothing listens on TCP port ${port}`,
    detail: () => 'The host answers such a connection with a reset: DMS sees “Connection refused”.',
  }),
  LSN003: words<{ port: number; host: string; listening: string }>({
    status: 'block',
    title: 'PostgreSQL does not listen on the endpoint’s address',
    summary: ({ port, host, listening }) => `port ${port} is open on ${listening} only, not on ${host}`,
    detail: () => 'listen_addresses leaves the endpoint’s address out. Changing it needs a restart.',
  }),
  LSN004: words<{ port: number; process: string }>({
    status: 'unknown',
    title: 'What listens on the endpoint’s port is not the cluster that was looked at',
    summary: ({ port, process }) => `port ${port} belongs to ${process}, which is no PostgreSQL cluster of this host`,
    detail: () => 'A pooler, a proxy or another program answers there; what stands behind it was not looked at.',
  }),
  LSN006: words<{ count: number }>({
    status: 'warn',
    title: 'The queue of connections to accept has overflowed',
    summary: ({ count }) => `the listen queue overflowed ${count} time${count === 1 ? '' : 's'} since the host started`,
    detail: () =>
      'A SYN or its last acknowledgement that finds the queue full is dropped in silence: DMS sees a timeout although the port is open. The counter is of all sockets of the host.',
  }),
  LSN007: words({
    status: 'warn',
    title: 'The kernel drops clients that share an address',
    summary: () => 'net.ipv4.tcp_tw_recycle = 1: of several clients behind one NAT address some are dropped',
    detail: () =>
      'It compares timestamps by address, and machines behind a NAT gateway have different clocks. The setting is gone since Linux 4.12; turn it off: `sysctl -w net.ipv4.tcp_tw_recycle=0`.',
  }),
  LSN005: words<{ why: string }>({
    status: 'block',
    title: 'The server does not accept connections',
    summary: ({ why }) => `the server does not accept connections: ${why}`,
    detail: () => 'It listens, but turns every client away until this is over.',
  }),
});

/** Transport encryption. */
export const tlsCodes = codesOf('tls', {
  TLS001: words<{ mode: string; ssl: string }>({
    status: 'pass',
    title: 'The endpoint’s TLS mode and the server agree',
    summary: ({ mode, ssl }) => `endpoint mode ${mode}, server ssl = ${ssl}`,
    detail: () => 'Whether pg_hba.conf asks for TLS is judged in its own layer.',
  }),
  TLS002: words<{ mode: string }>({
    status: 'block',
    title: 'The endpoint asks for TLS, the server has none',
    summary: ({ mode }) => `the endpoint’s mode is ${mode}, the server has ssl = off`,
    detail: () =>
      'DMS gets “server does not support SSL, but SSL was required”. Turn ssl on (a certificate and a reload from version 10 on), or set the endpoint’s SslMode to none.',
  }),
  TLS006: words<{ certificate: string; expired: string }>({
    status: 'block',
    title: 'The CA certificate of the endpoint has expired',
    summary: ({ certificate, expired }) => `the endpoint’s certificate ${certificate} expired at ${expired}`,
    detail: () =>
      'With verify-ca and verify-full DMS checks the server’s certificate against this one. Import the CA’s present certificate (aws dms import-certificate) and name it in the endpoint.',
  }),
  TLS007: words<{ certificate: string; expires: string; days: number }>({
    status: 'warn',
    title: 'The CA certificate of the endpoint expires soon',
    summary: ({ certificate, days }) => `the endpoint’s certificate ${certificate} expires in ${days} days`,
    detail: ({ expires }) => `At ${expires} DMS stops connecting. Import the next one before.`,
  }),
  TLS003: words<{ mode: string }>({
    status: 'unknown',
    title: 'The server’s certificate was not seen',
    summary: ({ mode }) => `whether the server’s certificate satisfies ${mode} is not known`,
    detail: () =>
      'A verify mode needs the certificate, its chain and, for verify-full, its names. Whether the certificate authority that was imported into DMS signed it, DMS alone can tell.',
  }),
  TLS004: words<{ host: string; names: string }>({
    status: 'block',
    title: 'The server’s certificate is not one for the endpoint’s name',
    summary: ({ host, names }) => `verify-full: the certificate is for ${names}, the endpoint’s name is ${host}`,
    detail: () =>
      'DMS gets “server certificate for … does not match host name”. Use a name of the certificate in the endpoint, give the server a certificate with the endpoint’s name, or set the mode to verify-ca.',
  }),
  TLS005: words<{ mode: string; from: string; until: string }>({
    status: 'block',
    title: 'The server’s certificate is not valid now',
    summary: ({ mode, from, until }) => `${mode}: the server’s certificate is valid from ${from} to ${until}`,
    detail: () => 'DMS gets “certificate verify failed”. Renew the certificate, and reload the server.',
  }),
});

/** pg_hba.conf. */
export const hbaCodes = codesOf('pg-hba', {
  HBA001: words<{ from: string; connection: string; method: string; place: string }>({
    status: 'pass',
    title: 'A line of pg_hba.conf admits the connection',
    summary: ({ connection, method, place }) => `${place} admits the ${connection} (${method})`,
    detail: ({ from }) => `The first line that matches ${from} decides; this one does.`,
  }),
  HBA002: words<{ from: string; connection: string; place: string }>({
    status: 'block',
    title: 'A line of pg_hba.conf rejects the connection',
    summary: ({ from, connection, place }) => `${place} rejects the ${connection} from ${from}`,
    detail: () => 'The first line that matches decides, and its method is reject.',
  }),
  HBA003: words<{ from: string; connection: string; message: string; line: string; place: string }>({
    status: 'block',
    title: 'No line of pg_hba.conf matches the connection',
    summary: ({ from, connection }) => `no line for the ${connection} from ${from}`,
    detail: ({ message, line, place }) =>
      `The server answers: ${message}. A line that admits just this connection: \`${line}\`, ${place}.`,
  }),
  HBA004: words<{ from: string; connection: string; method: string; place: string }>({
    status: 'block',
    title: 'The deciding line asks for a method that DMS cannot do',
    summary: ({ method, connection, place }) => `${place} asks the ${connection} for ${method}, which DMS cannot do`,
    detail: ({ from }) => `DMS logs in with a password. A narrower line for ${from} must stand before this one.`,
  }),
  HBA005: words<{ why: string }>({
    status: 'unknown',
    title: 'Which line of pg_hba.conf decides cannot be known from here',
    summary: ({ why }) => why,
    detail: () => 'The outcome depends on something that was not gathered or that only the server can evaluate.',
  }),
  HBA006: words<{ place: string; why: string }>({
    status: 'unknown',
    title: 'pg_hba.conf does not parse: the server still runs an older one',
    summary: ({ place, why }) => `${place} does not parse (${why}): the rules in force are not known`,
    detail: () =>
      'A reload that meets a bad line keeps the old rules, and a restart does not come back. Mend the line first.',
  }),
  HBA007: words<{ place: string }>({
    status: 'warn',
    title: 'The line lets in every IPv4 address',
    summary: ({ place }) => `${place} ends in /0: it matches every IPv4 address`,
    detail: () => 'AWS’s guide prints its sample so. Name the replication instance’s address with /32 instead.',
  }),
  HBA008: words<{ place: string }>({
    status: 'warn',
    title: 'The deciding line asks for no password',
    summary: ({ place }) => `${place} has the method trust: no password is asked`,
    detail: () => 'DMS gets in, and so does everybody else who comes from there.',
  }),
  HBA010: words<{ changed: string; loaded: string }>({
    status: 'unknown',
    title: 'pg_hba.conf was edited after the server last loaded it',
    summary: ({ changed, loaded }) =>
      `edited at ${changed}, but last loaded at ${loaded}: the rules in force are older`,
    detail: () =>
      'What is judged here is the file on disk. Reload (SELECT pg_reload_conf()) and gather again, or look at what the server’s log says of its last load.',
  }),
  HBA011: words<{ from: string; place: string; byPlace: string }>({
    status: 'warn',
    title: 'A line that would admit the connection stands behind the one that decides',
    summary: ({ place, byPlace }) => `${place} would admit it, but ${byPlace} decides first`,
    detail: ({ from }) =>
      `For ${from} the first line that matches decides; no later one is looked at. Move the narrower line up.`,
  }),
  HBA014: words<{ from: string }>({
    status: 'block',
    title: 'RDS asks for TLS, the endpoint does not use it',
    summary: () => 'rds.force_ssl is on, and the endpoint’s TLS mode is none',
    detail: ({ from }) =>
      `RDS writes pg_hba.conf itself; with rds.force_ssl every line of it is hostssl. The server answers ${from} with “no pg_hba.conf entry … no encryption”, although no line is missing.`,
  }),
  HBA015: words<{ setting: string }>({
    status: 'pass',
    title: 'RDS writes pg_hba.conf itself, and lets DMS in',
    summary: ({ setting }) => `managed by AWS (rds.force_ssl = ${setting})`,
    detail: () =>
      'RDS’s own lines ask every address for a password; who gets that far is for the security groups to say.',
  }),
  HBA013: words<{ count: number; first: string; by: string }>({
    status: 'warn',
    title: 'Lines of pg_hba.conf that can never match',
    summary: ({ count, first, by }) =>
      `${first} can never match: ${by} catches all of it${count > 1 ? `, and ${count - 1} more like it` : ''}`,
    detail: () =>
      'They do not matter for DMS. Whoever wrote them believes that they do: find out before the next change rests on one of them.',
  }),
  HBA012: words<{ what: string }>({
    status: 'unknown',
    title: 'The server reads pg_hba.conf otherwise than dms-doctor does',
    summary: ({ what }) => `pg_hba_file_rules disagrees with the file: ${what}`,
    detail: () =>
      'The file was changed between the two looks, it is not the file that this server reads, or dms-doctor reads it wrongly. Gather again; if it stays, please report it with the bundle.',
  }),
  HBA009: words<{ from: string; user: string; place: string }>({
    status: 'block',
    title: 'The deciding line asks for SCRAM, the role’s password is stored as md5',
    summary: ({ user, place }) => `${place} asks for scram-sha-256, but ${user}’s password is stored as md5`,
    detail: () =>
      'Set the password again with password_encryption = scram-sha-256, or let a line before it ask for md5.',
  }),
});

/** The role’s log-in. */
export const loginCodes = codesOf('login', {
  LGN001: words<{ user: string; verifier: string }>({
    status: 'pass',
    title: 'The role can log in',
    summary: ({ user, verifier }) => `${user} can log in (${verifier})`,
    detail: () => 'It exists, has LOGIN and has not expired.',
  }),
  LGN002: words<{ user: string }>({
    status: 'block',
    title: 'The endpoint’s user does not exist',
    summary: ({ user }) => `there is no role ${user}`,
    detail: () => 'PostgreSQL says “password authentication failed” for a role that does not exist, too.',
  }),
  LGN003: words<{ user: string }>({
    status: 'block',
    title: 'The role may not log in',
    summary: ({ user }) => `${user} has NOLOGIN`,
    detail: () => 'The server answers: role is not permitted to log in.',
  }),
  LGN004: words<{ user: string; until: string }>({
    status: 'block',
    title: 'The role’s password has expired',
    summary: ({ user, until }) => `${user}’s password expired on ${until}`,
    detail: () => 'VALID UNTIL has passed: the server says “password authentication failed”.',
  }),
  LGN005: words<{ user: string }>({
    status: 'block',
    title: 'The role has no password',
    summary: ({ user }) => `${user} has no password`,
    detail: () =>
      'The deciding line of pg_hba.conf asks for one. Set it with \\password, so that it stands in no history.',
  }),
  LGN006: words<{ user: string; limit: number; used: number; needed: number }>({
    status: 'block',
    title: 'The role’s connection limit is used up',
    summary: ({ user, limit, used }) =>
      `${user} may hold ${limit} connection${limit === 1 ? '' : 's'}, and ${used} are open`,
    detail: ({ needed }) => `The server answers: too many connections for role. The task opens about ${needed}.`,
  }),
  LGN007: words<{ user: string; limit: number; used: number; needed: number }>({
    status: 'warn',
    title: 'The role’s connection limit is below what a task opens',
    summary: ({ user, limit, used, needed }) =>
      `${user} may hold ${limit} connection${limit === 1 ? '' : 's'}, ${used} are open; a task opens about ${needed}`,
    detail: () =>
      'The log-in works, and so does DMS’s test; the full load is what runs into it: too many connections for role.',
  }),
  LGN008: words<{ user: string }>({
    status: 'unknown',
    title: 'The role has no password, and whether one is asked for is not known',
    summary: ({ user }) => `${user} has no password; whether pg_hba.conf asks for one is not known`,
    detail: () =>
      'With md5 or scram-sha-256 its log-in fails. With ldap, pam, radius or trust the password is not the one that is stored here.',
  }),
});

/** The endpoint’s database. */
export const databaseCodes = codesOf('database', {
  DBS001: words<{ database: string }>({
    status: 'pass',
    title: 'The database accepts the role',
    summary: ({ database }) => `${database} exists and accepts connections`,
    detail: () => 'The role may CONNECT.',
  }),
  DBS002: words<{ database: string }>({
    status: 'block',
    title: 'The endpoint’s database does not exist',
    summary: ({ database }) => `there is no database ${database}`,
    detail: () => 'Names are compared as written: “Orders” and “orders” are two databases.',
  }),
  DBS003: words<{ database: string }>({
    status: 'block',
    title: 'The database accepts no connections',
    summary: ({ database }) => `${database} has ALLOW_CONNECTIONS false`,
    detail: () => 'The server answers: database is not currently accepting connections.',
  }),
  DBS004: words<{ database: string; user: string }>({
    status: 'block',
    title: 'The role may not connect to the database',
    summary: ({ database, user }) => `${user} has no CONNECT on ${database}`,
    detail: () => 'CONNECT was taken from PUBLIC, and the role has none of its own.',
  }),
  DBS005: words<{ database: string; limit: number; used: number; needed: number }>({
    status: 'block',
    title: 'The database’s connection limit is used up',
    summary: ({ database, limit, used }) =>
      `${database} takes ${limit} connection${limit === 1 ? '' : 's'}, and ${used} are open`,
    detail: ({ needed }) => `The server answers: too many connections for database. The task opens about ${needed}.`,
  }),
  DBS006: words<{ database: string; limit: number; used: number; needed: number }>({
    status: 'warn',
    title: 'The database’s connection limit leaves too few for a task',
    summary: ({ database, limit, used, needed }) =>
      `${database} takes ${limit} connections, ${used} are open; a task opens about ${needed}`,
    detail: () =>
      'DMS’s test works; the full load takes what is free, and then applications are turned away: too many connections for database.',
  }),
  DBS007: words<{ database: string }>({
    status: 'block',
    title: 'The database is invalid',
    summary: ({ database }) => `${database} is invalid: dropping it was interrupted`,
    detail: () => 'The server answers: cannot connect to invalid database. It can only be dropped.',
  }),
});
