const odbc = (message: string): string =>
  `Test Endpoint failed: Application-Status: 1020912, Application-Message: Failed to connect Network error has occurred, Application-Detailed-Message: RetCode: SQL_ERROR  SqlState: 08001 NativeError: 101 Message: [unixODBC]${message}`;

/** For each cause one text as its program prints it: inside DMS where DMS prints it. */
export const examples: Readonly<Record<string, string>> = {
  'connect-timeout': odbc('connection to server at "10.20.30.40", port 5432 failed: timeout expired'),
  'connection-refused': odbc(
    'connection to server at "10.20.30.40", port 5432 failed: Connection refused\n\tIs the server running on that host and accepting TCP/IP connections?',
  ),
  'server-not-reached': 'Is the server running on that host and accepting TCP/IP connections?',
  'no-route-to-host': odbc(
    'could not connect to server: No route to host\n\tIs the server running on host "10.0.0.9" and accepting\n\tTCP/IP connections on port 5432?',
  ),
  'network-unreachable': odbc(
    'connection to server at "2001:db8::5", port 5432 failed: Network is unreachable\n\tIs the server running on that host and accepting TCP/IP connections?',
  ),
  'host-name-not-found': odbc(
    'could not translate host name "db.internal.example" to address: Name or service not known',
  ),
  'connection-reset': 'could not receive data from server: Connection reset by peer',
  'standby-connection-eof': '2024-03-02 10:00:00.000 UTC [77] dms@app LOG:  unexpected EOF on standby connection',
  'server-closed-connection':
    'server closed the connection unexpectedly\n\tThis probably means the server terminated abnormally\n\tbefore or while processing the request.',
  'not-postgresql-answering': odbc('expected authentication request from server, but received H'),
  'startup-packet-incomplete': '2024-01-01 00:00:01.000 UTC [5] LOG:  invalid length of startup packet',
  'pooler-answers': odbc('FATAL:  (ENOTFOUND) tenant/user postgres.abcdefgh not found'),
  'pg-hba-no-encryption': odbc(
    'FATAL:  no pg_hba.conf entry for host "172.31.4.9", user "dms", database "app", no encryption',
  ),
  'tls-not-offered': odbc('server does not support SSL, but SSL was required'),
  'tls-required-by-server': 'ERROR:  connection is insecure (try using `sslmode=require`)',
  'certificate-verify-failed': odbc('SSL error: certificate verify failed'),
  'certificate-wrong-name': odbc('server certificate for "db1.example.com" does not match host name "10.0.0.5"'),
  'root-certificate-missing': odbc(
    'root certificate file "/root/.postgresql/root.crt" does not exist\nEither provide the file or change sslmode to disable server certificate verification.',
  ),
  'client-certificate-wanted': odbc('FATAL:  connection requires a valid client certificate'),
  'tls-handshake-failed': odbc('SSL error: tlsv1 alert protocol version'),
  'server-certificate-not-loaded':
    '2024-01-01 00:00:01.000 UTC [1] FATAL:  could not load server certificate file "server.crt": No such file or directory',
  'pg-hba-no-entry': odbc(
    'FATAL:  no pg_hba.conf entry for host "172.31.4.9", user "dms", database "app", SSL encryption',
  ),
  'pg-hba-no-entry-unclear': 'FATAL:  no pg_hba.conf entry for host "172.31.4.9", user "dms", data',
  'pg-hba-no-replication-entry':
    'FATAL:  no pg_hba.conf entry for replication connection from host "172.31.4.9", user "dms", SSL on',
  'pg-hba-rejects': odbc(
    'FATAL:  pg_hba.conf rejects connection for host "172.31.4.9", user "dms", database "app", SSL encryption',
  ),
  'pg-hba-not-loaded': '2024-01-01 00:00:01.000 UTC [1] LOG:  pg_hba.conf was not reloaded',
  'pg-method-not-password': 'FATAL:  Ident authentication failed for user "dms"',
  'pg-password-failed': odbc('FATAL:  password authentication failed for user "dms"'),
  'pg-authentication-failed': 'RetCode: SQL_ERROR SqlState: 28000 NativeError: 1',
  'pg-password-detail':
    '2024-01-01 00:00:01.000 UTC [5] DETAIL:  User "dms" has an expired password.\n\tConnection matched pg_hba.conf line 95: "host all all 0.0.0.0/0 md5"',
  'pg-scram-unsupported': odbc('authentication method 10 not supported'),
  'pg-role-missing': odbc('FATAL:  role "dms_user" does not exist'),
  'pg-role-unknown':
    '[TARGET_LOAD     ]E:  RetCode: SQL_ERROR  SqlState: 42704 NativeError: 1 Message: ERROR: role "app_owner" does not exist',
  'pg-auth-timeout': '2024-01-01 00:00:01.000 UTC [5] FATAL:  canceling authentication due to timeout',
  'pg-database-missing': odbc('FATAL:  database "App" does not exist'),
  'pg-database-no-connect': odbc(
    'FATAL:  permission denied for database "app"\nDETAIL:  User does not have CONNECT privilege.',
  ),
  'pg-options-refused': odbc('invalid connection option "sslmod"'),
  'pg-starting-up': odbc('FATAL:  the database system is starting up'),
  'pg-in-recovery-mode': odbc('FATAL:  the database system is in recovery mode'),
  'pg-shutting-down':
    '[SOURCE_CAPTURE  ]E:  RetCode: SQL_ERROR  SqlState: 57P01 NativeError: 1 Message: FATAL:  terminating connection due to administrator command [1022502]  (ar_odbc_stmt.c:5090)',
  'pg-crash': 'WARNING:  terminating connection because of crash of another server process',
  'pg-too-many-connections': odbc('FATAL:  sorry, too many clients already'),
  'pg-out-of-memory':
    'ERROR:  out of memory\nDETAIL:  Failed on request of size 524288 in memory context "ReorderBuffer".',
  'pg-disk-full':
    'ERROR:  could not extend file "base/16384/24576": No space left on device\nHINT:  Check free disk space.',
  'pg-statement-timeout':
    '[SOURCE_UNLOAD   ]E:  RetCode: SQL_ERROR  SqlState: 57014 NativeError: 1 Message: ERROR: canceling statement due to statement timeout',
  'pg-idle-timeout': 'FATAL:  terminating connection due to idle-in-transaction timeout',
  'pg-recovery-conflict':
    'ERROR:  canceling statement due to conflict with recovery\nDETAIL:  User query might have needed to see row versions that must be removed.',
  'pg-read-only': 'ERROR:  cannot execute CREATE TABLE in a read-only transaction',
  'pg-lock-conflict':
    'ERROR:  deadlock detected\nDETAIL:  Process 11 waits for ShareLock on transaction 5; blocked by process 12.',
  'pg-address-in-use':
    'LOG:  could not bind IPv4 address "0.0.0.0": Address already in use\nHINT:  Is another postmaster already running on port 5432?',
  'pg-wraparound': 'ERROR:  database is not accepting commands to avoid wraparound data loss in database "app"',
  'pooled-prepared-statement': 'ERROR:  prepared statement "_PLAN0x55" does not exist',
  'pg-data-damaged': 'ERROR:  invalid byte sequence for encoding "UTF8": 0x00',
  'replication-privilege-missing':
    'ERROR:  permission denied to use replication slots\nDETAIL:  Only roles with the REPLICATION attribute may use replication slots.',
  'replication-role-not-found': 'failed to validate replication permissions: user does not have replication role',
  'superuser-needed':
    'ERROR:  permission denied to create event trigger "awsdms_intercept_ddl"\nHINT:  Must be superuser to create an event trigger.',
  'ddl-audit-denied': 'ERROR:  permission denied for table awsdms_ddl_audit',
  'permission-denied': 'ERROR:  permission denied for table orders',
  'schema-list-refused': 'Operation:getSchemaListDetails:errType=, status=0, errMessage=, errDetails=',
  'wal-level-not-logical': 'ERROR:  logical decoding requires "wal_level" >= "logical"',
  'wal-level-too-low': 'ERROR:  replication slots can only be used if wal_level >= replica',
  'standby-primary-wal-level': 'ERROR:  logical decoding on standby requires "wal_level" >= "logical" on the primary',
  'standby-no-decoding': 'ERROR:  logical decoding cannot be used while in recovery',
  'slots-used-up': 'ERROR:  all replication slots are in use\nHINT:  Free one or increase max_replication_slots.',
  'slot-in-use': 'ERROR:  replication slot "abc_00016384" is active for PID 4711',
  'slot-missing': 'ERROR:  replication slot "abc_00016384" does not exist',
  'slot-lost':
    'ERROR:  can no longer get changes from replication slot "abc_00016384"\nDETAIL:  This slot has been invalidated because it exceeded the maximum reserved size.',
  'wal-removed': 'ERROR:  requested WAL segment 0000000100000001000000A1 has already been removed',
  'senders-used-up': 'FATAL:  number of requested standby connections exceeds max_wal_senders (currently 10)',
  'walsender-timeout': 'LOG:  terminating walsender process due to replication timeout',
  'plugin-missing': 'ERROR:  could not access file "test_decoding": No such file or directory',
  'plugin-protocol': '[SOURCE_CAPTURE  ]E:  Could not find relation id 24576 [1020101]',
  'replica-identity-missing':
    'ERROR:  cannot update table "orders" because it does not have a replica identity and publishes updates',
  'dms-instance-memory': 'Last Error Replication task out of memory. Stop Reason FATAL_ERROR Error Level FATAL',
  'dms-instance-storage':
    '00000849: 2021-04-28T07:19:20:987696 [SORTER          ]I:  Reading from source is paused. Total storage used by swap files exceeded the limit 1048576000 bytes  (sorter_transaction.c:110)',
  'dms-no-tables': 'Last Error No tables were found at task initialization. Stop Reason FATAL_ERROR Error Level FATAL',
  'dms-lob-truncated': "[SOURCE_UNLOAD   ]W:  The value of column 'C' in table 'HR.T' was truncated to length 16384",
  'dms-where-statement': "[TARGET_APPLY    ]E:  Failed to build 'where' statement",
  'dms-load-into-target': '[TARGET_LOAD     ]E:  Failed to wait for previous run [1020403]  (csv_target.c:2153)',
  'dms-target-statement':
    '[TARGET_LOAD     ]E:  Cannot execute create schema statement \'CREATE SCHEMA "x"\' [1022502]',
  'dms-service-unreachable':
    'Test Endpoint failed: Could not connect to the endpoint URL: "https://kinesis.eu-west-1.amazonaws.com/"',
  'dms-slot-not-created': '[SOURCE_CAPTURE  ]E:  Failed to create logical replication slot [1020101]',
  'dms-version-not-supported': '[METADATA_MANAGE ]E:  Unsupported server version 19 (postgres_endpoint.c:10)',
  'dms-control-tables': 'ERROR: relation "awsdms_validation_failures_v2" already exists',
  'dms-target-object':
    '[TARGET_LOAD     ]E:  RetCode: SQL_ERROR  SqlState: 23505 NativeError: 1 Message: ERROR: duplicate key value violates unique constraint "orders_pkey"',
  'dms-ddl-not-supported':
    "[SOURCE_CAPTURE  ]W:  Cannot drop table 't'. DROP TABLE is not currently supported  (mysql_endpoint_capture.c:1823)",
  'dms-start-position': "[1020455] 'Start from timestamp' was blocked to prevent Replicate from scanning the log",
  'dms-source-log-not-configured': 'Last Error Failed in resolving configuration.',
  'dms-unload-failed': 'ERROR:  could not open relation with OID 24576',
  'dms-task-lost-connection':
    'Last Error Task error notification received from subtask 0, thread 0 [reptask/replicationtask.c:2673] [1022502] Stop Reason RECOVERABLE_ERROR Error Level RECOVERABLE',
  'dms-task-gave-up': "Task '6HXJ' was stopped after 9 recovery attempts Stop Reason FATAL_ERROR Error Level FATAL",
  'dms-no-information':
    'Test Endpoint failed: Application-Status: 1020912, Application-Message: Cannot connect to ODBC provider Network error has occurred',
  'dms-stopped-as-asked': 'Stop Reason FULL_LOAD_ONLY_FINISHED',
  'dms-unknown-exception':
    "Error Details: [message=Unknown exception while calling 'Test endpoint' API, errType=, status=0, errMessage=, errDetails=]",
  'secret-timeout':
    'Failed to retrieve secret. The secrets_manager get secret value failed: curlCode: 28, Timeout was reached Too many retries: curlCode: 28, Timeout was reached',
  'secret-refused':
    "Application-Message: Failed to build connection string Unable to find Secrets Manager secret, Application-Detailed-Message: Unable to find AWS Secrets Manager secret Arn 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:x' The secrets_manager get secret value failed: User is not authorized",
  'iam-role-not-configured':
    'AccessDeniedFault: The IAM Role arn:aws:iam::111122223333:role/dms-vpc-role is not configured properly.',
  'kms-not-accessible':
    'An error occurred (KMSKeyNotAccessibleFault) when calling the CreateEndpoint operation: AWS DMS cannot access the KMS key.',
  'api-invalid-parameters':
    'An error occurred (InvalidParameterCombinationException) when calling the StartReplicationTask operation: Start Type : START_REPLICATION, valid only for tasks running for the first time',
  'api-invalid-state':
    'An error occurred (InvalidResourceStateFault) when calling the StartReplicationTask operation: Test connection for replication instance arn:aws:dms:eu-west-1:111122223333:rep:A and endpoint arn:aws:dms:eu-west-1:111122223333:endpoint:B should be successful for starting the replication task',
  'api-not-found':
    'An error occurred (ResourceNotFoundFault) when calling the DescribeConnections operation: The resource could not be found.',
  'api-quota':
    'An error occurred (ResourceQuotaExceededFault) when calling the CreateReplicationInstance operation: The quota for this resource quota has been exceeded.',
  'subnet-not-usable': 'Replication instance dms-1 is in incompatible-network status',
  'mysql-connect-timeout': "[unixODBC][MySQL][ODBC 8.0(w) Driver]Can't connect to MySQL server on '10.0.0.7' (110)",
  'mysql-connect-refused': "[unixODBC][MySQL][ODBC 8.0(w) Driver]Can't connect to MySQL server on '10.0.0.7' (111)",
  'mysql-connect-failed':
    "RetCode: SQL_ERROR SqlState: HY000 NativeError: 2003 Message: [unixODBC][MySQL][ODBC 8.0(w) Driver]Can't connect to MySQL server on '10.0.0.7'",
  'mysql-access-denied': "[MySQL][ODBC 8.0(w) Driver]Access denied for user 'dms'@'10.0.0.9' (using password: YES)",
  'mysql-host-blocked':
    "Host '10.0.0.9' is blocked because of many connection errors; unblock with 'mysqladmin flush-hosts'",
  'mysql-unknown-database': "[MySQL][ODBC 8.0(w) Driver]Unknown database 'shop'",
  'mysql-too-many-connections': 'RetCode: SQL_ERROR SqlState: 08004 NativeError: 1040 Message: [MySQL]',
  'mysql-connection-lost': '[TARGET_LOAD ]E: [MySQL][ODBC 5.3(w) Driver]MySQL server has gone away',
  'mysql-binlog-off': 'Last Error Failed in resolving configuration: binary logging is not enabled',
  'mysql-binlog-gone': 'Last Error Error 1236 reading binary log. Stop Reason FATAL_ERROR Error Level FATAL',
  'mysql-binlog-unreadable': 'log event entry exceeded max_allowed_packet; Increase max_allowed_packet on master',
  'mysql-privileges': 'Access denied; you need (at least one of) the REPLICATION SLAVE privilege(s) for this operation',
  'mysql-target-refuses': "[MySQL][ODBC 5.3(w) Driver]Data too long for column 'note' at row 1",
  'sqlserver-login': "[Microsoft][ODBC Driver 17 for SQL Server][SQL Server]Login failed for user 'dms'.",
  'sqlserver-database': '[SQL Server]Cannot open database "shop" requested by the login. The login failed.',
  'sqlserver-network':
    'A network-related or instance-specific error occurred while establishing a connection to SQL Server',
  'sqlserver-cdc-off': '[1020101] MS-CDC has not been enabled for table dbo.orders',
  'sqlserver-log-gone':
    "Failed to access LSN '0000' in the backup log sets since BACKUP/LOG-s are not available. [1020465]",
  'sqlserver-permission':
    "[SQL Server]The SELECT permission was denied on the object 'fn_dblog', database 'mssqlsystemresource', schema 'sys'.",
  'sqlserver-target': '[SQL Server]String or binary data would be truncated.',
  'oracle-connect-timeout': 'ORA-12170: TNS:Connect timeout occurred',
  'oracle-no-listener': 'ORA-12541: TNS:no listener',
  'oracle-service-unknown':
    'ORA-12514: TNS:listener does not currently know of service requested in connect descriptor',
  'oracle-name-not-resolved': 'ORA-12154: TNS:could not resolve the connect identifier specified',
  'oracle-login': 'ORA-01017: invalid username/password; logon denied',
  'oracle-supplemental-logging':
    '[1020418] CDC cannot be provided because supplemental_log_data_min in v$database is set to NO',
  'oracle-archive-gone': 'Error: Oracle CDC stopped 122301 oracle CDC maximum retry counter exceeded.',
  'oracle-undo': 'ORA-01555: snapshot too old: rollback segment number 10 too small [1020436]',
  'oracle-privileges': 'ORA-00942: table or view does not exist',
  'oracle-logminer': 'ORA-01325: archive log mode must be enabled to build into the logstream',
  'oracle-connection-lost': 'ORA-03113: end-of-file on communication channel',
  'oracle-target': 'ORA-00001: unique constraint (HR.PK) violated',
  'db2-timeout':
    '[IBM][CLI Driver] SQL30081N  A communication error has been detected. Communication function detecting the error: "selectForConnectTimeout".  Protocol specific error code(s): "115", "*", "*".  SQLSTATE=08001',
  'db2-refused':
    '[IBM][CLI Driver] SQL30081N  A communication error has been detected. Communication function detecting the error: "connect".  Protocol specific error code(s): "111", "*", "*".  SQLSTATE=08001',
  'db2-communication': 'SQL30081N  A communication error has been detected.',
  'db2-login': 'SQL30082N  Security processing failed with reason "24" ("USERNAME AND/OR PASSWORD INVALID").',
  'db2-database': 'SQL1013N  The database alias name or database name "SHOP" could not be found.',
  'db2-privileges': 'SQL0551N  "DMS" does not have the required authorization to perform operation "SELECT"',
  'mongodb-unreachable':
    'No suitable servers found: `serverSelectionTimeoutMS` expired: [connection timeout calling ismaster on 10.0.0.8:27017]',
  'mongodb-login': 'MongoServerError: Authentication failed.',
  'mongodb-no-oplog': 'The $changeStream stage is only supported on replica sets',
  's3-denied':
    "An error occurred (S3ResourceNotFoundFault) when calling the StartReplicationTaskAssessmentRun operation: A specified Amazon S3 bucket, bucket folder, or other object can't be found.",
  'kafka-unreachable': 'Local: Broker transport failure',
  'kafka-refuses': 'Broker: Message size too large',
  'redshift-copy': "ERROR:  Load into table 'orders' failed.  Check 'stl_load_errors' system table for details.",
};
