/** What several entries say in the same words. */

/** The check that judges every layer of the path with its evidence. */
export const checkPath =
  'dms-doctor check --bundle DIR: judges every layer from the instance to the server and names the deciding rule';
/** The check of what DMS asks of the server itself. */
export const checkServer =
  'dms-doctor check --bundle DIR --only session,replication: judges settings, roles and pg_hba.conf';
/** The check of the AWS side. */
export const checkAws = 'dms-doctor check --bundle DIR --only aws: judges routes, security groups and network ACLs';

export const auth = 'PostgreSQL source, src/backend/libpq/auth.c';
export const feConnect = 'PostgreSQL source, src/interfaces/libpq/fe-connect.c';
export const feSecure = 'PostgreSQL source, src/interfaces/libpq/fe-secure-openssl.c';
export const feMisc = 'PostgreSQL source, src/interfaces/libpq/fe-misc.c';
export const postmaster = 'PostgreSQL source, src/backend/postmaster/postmaster.c';
export const postinit = 'PostgreSQL source, src/backend/utils/init/postinit.c';
export const postgresMain = 'PostgreSQL source, src/backend/tcop/postgres.c';
export const slotSource = 'PostgreSQL source, src/backend/replication/slot.c';
export const logical = 'PostgreSQL source, src/backend/replication/logical/logical.c';
export const walsender = 'PostgreSQL source, src/backend/replication/walsender.c';
export const psqlodbc = 'psqlODBC source, connection.c and environ.c';
export const dmsGuide = 'AWS DMS User Guide, troubleshooting migration tasks';
export const dmsPostgres = 'AWS DMS User Guide, using a PostgreSQL database as a source';
export const field = 'Published reports of DMS users with the cause confirmed';
