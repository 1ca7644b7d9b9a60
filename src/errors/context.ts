/**
 * Words that show that a text speaks of a database connection or of DMS. General phrases ("connection refused", "timeout
 * expired") are only explained near one of them.
 */
const database =
  /\b(?:unixodbc|odbc|jdbc|sqlstate|nativeerror|application-(?:status|message|detailed)|libpq|psql|psycopg2?|npgsql|pgx|pg_\w{2,20}|postgres\w{0,12}|pq|rds|aurora|redshift|mysql\w{0,8}|mariadb|mongo\w{0,10}|oracle|ora-\d{5}|sql ?server|db2|kafka|debezium|dms\w{0,12}|awsdms_\w{1,40}|aws_dms_\w{1,40}|replication (?:instance|task|slot|config)|walsender|walreceiver|(?:source|target|test) endpoint|endpoint failed|port 5432|stop reason|error level|pg-\w{2,20}|node-postgres|test[- ]connection|reptask|replicationtask|(?:source|target)_(?:capture|unload|load|apply)|metadata_manage\w{0,2}|task_manager|validator\w{0,8}|sorter|database|replica(?:tion)?)|\[[a-z_]{2,16} {0,16}\] ?[ewitdv]:|[:.](?:5432|3306|1521|1433|27017)\b/i;

/** Markers strong enough to speak for a whole paste, not only for the entry they stand in. */
const strong =
  /\b(?:unixodbc|sqlstate|nativeerror|application-(?:status|message|detailed)|test endpoint|reptask|replicationtask|(?:source|target)_(?:capture|unload|load|apply)|aws dms|aws_dms_\w{1,40}|awsdms_\w{1,40}|replication instance|psql|libpq|pg_hba)/i;

/** Something that answers in the server's place: behind it nothing on the way to the server is proved. */
const between =
  /\b(?:pgbouncer|pgpool|supavisor|odyssey|pgcat|haproxy|pooler|rds proxy|proxysql|bouncer)|\.proxy-[a-z0-9]{1,40}\.|\.elb\.amazonaws\.com|\.pooler\.|-pooler\./i;

/** Whether an entry speaks of a database or of DMS. */
export function speaksOfDatabase(text: string): boolean {
  return database.test(text);
}

/** Whether a whole paste is plainly about DMS, ODBC or libpq. */
export function speaksOfDms(text: string): boolean {
  return strong.test(text);
}

/** Whether a pooler, proxy or load balancer is named, so that an answer may not come from the server. */
export function namesProxy(text: string): boolean {
  return between.test(text);
}
