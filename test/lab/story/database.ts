/** The source's roles and database, run as superuser in the database `postgres`. */
export const rolesSql = `
create role app login password 'app-password';
create role replicator login replication password 'replicator-password';
create role dms login replication password 'dms-password';
create role dba login superuser password 'dba-password';
create database orders owner app;
`;

/** The database's tables, with rows and primary keys, and what the role `dms` may do; run as superuser in `orders`. */
export const databaseSql = `
set role app;
create table customers (id bigint primary key, name text not null, since date not null);
create table orders (id bigint primary key, customer_id bigint not null references customers, placed_at timestamptz not null, total numeric(12, 2) not null);
create table order_lines (order_id bigint references orders, line int, article text not null, quantity int not null, primary key (order_id, line));
insert into customers select n, 'customer ' || n, date '2014-01-01' + n % 3000 from generate_series(1, 2000) n;
insert into orders select n, 1 + n % 2000, timestamptz '2019-01-01 UTC' + n * interval '7 minutes', n % 500 from generate_series(1, 20000) n;
insert into order_lines select n, line, 'article ' || (n + line) % 300, 1 + n % 5 from generate_series(1, 20000) n, generate_series(1, 2) line;
reset role;
grant usage on schema public to dms;
grant select on all tables in schema public to dms;
analyze;
`;

/** What somebody once appended to Debian's pg_hba.conf: the application and the standby, and nobody else. */
export const appendedHbaLines = `
# the application
host    orders          app             172.31.32.0/20          scram-sha-256
# the standby
host    replication     replicator      172.31.44.9/32          scram-sha-256
`;
