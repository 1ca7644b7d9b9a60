import { describe, expect, it } from 'vitest';
import { explainText } from '../../src/errors/explainer.ts';

const timeout =
  'Test Endpoint failed: Application-Status: 1020912, Application-Message: Cannot connect to ODBC provider Network error has occurred, Application-Detailed-Message: RetCode: SQL_ERROR  SqlState: 08001 NativeError: 101 Message: [unixODBC]timeout expired ODBC general error.';
const refusal =
  'Test Endpoint failed: Application-Status: 1020912, Application-Message: Failed to connect Network error has occurred, Application-Detailed-Message: RetCode: SQL_ERROR SqlState: 08001 NativeError: 101 Message: FATAL: no pg_hba.conf entry for host "10.0.1.135", user "postgres", database "app", SSL encryption';

/** The ids of what a text means, the root cause first. */
function ids(text: string): string[] {
  return explainText(text).map(({ id }) => id);
}

describe('the shapes that people paste', () => {
  it('describe-connections: each failure apart, not those that succeeded', () => {
    const connections = {
      Connections: [
        {
          EndpointIdentifier: 'source',
          ReplicationInstanceIdentifier: 'ri',
          Status: 'failed',
          LastFailureMessage: refusal,
        },
        {
          EndpointIdentifier: 'other',
          ReplicationInstanceIdentifier: 'ri',
          Status: 'failed',
          LastFailureMessage: timeout,
        },
        { EndpointIdentifier: 'target', ReplicationInstanceIdentifier: 'ri', Status: 'successful' },
      ],
    };
    expect(ids(JSON.stringify(connections, null, 4))).toEqual(['pg-hba-no-entry', 'connect-timeout']);
    expect(ids(JSON.stringify(connections))).toEqual(['pg-hba-no-entry', 'connect-timeout']);
  });

  it('describe-replication-tasks: the cause inside the wrappers', () => {
    const tasks = {
      ReplicationTasks: [
        {
          ReplicationTaskIdentifier: 'task',
          Status: 'failed',
          StopReason: 'Stop Reason FATAL_ERROR Error Level FATAL',
          LastFailureMessage:
            "Last Error Stream Component Fatal error. Task error notification received from subtask 0, thread 0 [reptask/replicationtask.c:2859] [1020101] Can't resume task after replication slot was dropped.; Failed while preparing stream component 'st_0_X'.; Cannot initialize subtask; Stream component 'st_0_X' terminated [reptask/replicationtask.c:2866] [1020101] Stop Reason FATAL_ERROR Error Level FATAL",
        },
      ],
    };
    expect(ids(JSON.stringify(tasks, null, 4))[0]).toBe('slot-missing');
    expect(ids(JSON.stringify(tasks))).toEqual(['slot-missing']);
  });

  it('the newer block with the true state', () => {
    const text =
      'Test Endpoint failed: Application-Status: 1020912, Application-Message: Failed to connect Network error has occurred, Application-Detailed-Message: RetCode: SQL_ERROR SqlState: 08001 NativeError: 101 Message: [unixODBC] Additional info: Code: [DMS-00002], Message: [dial tcp 10.0.1.163:5432: i/o timeout], NativeErrorCode: []';
    expect(ids(text)).toEqual(['connect-timeout']);
  });

  it('a Terraform error in its frame', () => {
    const text = `╷
│ Error: creating DMS Replication Subnet Group (dms): operation error Database Migration Service:
│ CreateReplicationSubnetGroup, https response error StatusCode: 400, RequestID: 1, AccessDeniedFault: The
│ IAM Role arn:aws:iam::111122223333:role/dms-vpc-role is not configured properly.
│
│   with aws_dms_replication_subnet_group.this,
│   on main.tf line 89, in resource "aws_dms_replication_subnet_group" "this":
╵`;
    expect(explainText(text)[0]?.layer).toBe('iam');
  });

  it('a CDK and CloudFormation error', () => {
    const text =
      '11:02:33 | CREATE_FAILED | AWS::DMS::ReplicationTask | Task Resource handler returned message: "Test connection for replication instance and endpoint should be successful for starting the replication task (Service: AWSDatabaseMigrationService; Status Code: 400; Error Code: InvalidResourceStateFault)"';
    expect(explainText(text)[0]?.layer).toBe('aws-api');
  });

  it('a serverless line', () => {
    const text = `{'replication_state': 'failed', 'message': 'Test connection failed for endpoint e.', 'failure_message': "Test connection failed for endpoint 'e' and replication config 'r'. Failure Message: '${refusal}'"}`;
    expect(ids(text)).toEqual(['pg-hba-no-entry']);
  });

  it('a PostgreSQL CSV log and one from syslog', () => {
    const csv =
      '2021-05-19 09:06:51.702 UTC,"dms","app",30221,"10.254.30.139:52046",60a4d52b.760d,3,"idle",2021-05-19 09:06:51 UTC,65/0,0,FATAL,53300,"sorry, too many clients already",,,,,,,,,"dms"';
    expect(explainText(csv)[0]).toMatchObject({ id: 'pg-too-many-connections', firstSeen: '2021-05-19T09:06:51.702Z' });
    const syslog =
      'Mar  1 10:00:00 db postgres[123]: [5-1] 2024-03-01 10:00:00.000 CET [123] dms@app FATAL:  no pg_hba.conf entry for host "10.0.0.9", user "dms", database "app", SSL off';
    expect(explainText(syslog)[0]?.layer).toBe('tls');
  });

  it('drivers of other languages', () => {
    const texts: Readonly<Record<string, string>> = {
      'pg-password-failed':
        'org.postgresql.util.PSQLException: FATAL: password authentication failed for user "dms"\n\tat org.postgresql.core.v3.ConnectionFactoryImpl.doAuthentication(ConnectionFactoryImpl.java:525)',
      'tls-not-offered': 'pq: SSL is not enabled on the server',
      'pg-hba-no-encryption':
        'failed to connect to `host=db user=dms database=app`: server error (FATAL: no pg_hba.conf entry for host "10.0.0.9", user "dms", database "app", no encryption (SQLSTATE 28000))',
      'pg-database-missing': 'Npgsql.PostgresException (0x80004005): 3D000: FATAL: database "App" does not exist',
      'host-name-not-found':
        'PG::ConnectionBad: could not translate host name "db.internal" to address: Name or service not known',
    };
    for (const [id, text] of Object.entries(texts)) expect(ids(text)[0], text).toBe(id);
  });

  it('both attempts of sslmode=prefer are one refusal by pg_hba.conf', () => {
    const text =
      'FATAL:  no pg_hba.conf entry for host "10.0.0.9", user "dms", database "app", SSL on\nFATAL:  no pg_hba.conf entry for host "10.0.0.9", user "dms", database "app", SSL off';
    expect(explainText(text)[0]).toMatchObject({ layer: 'pg-hba', count: 1 });
  });

  it('nothing is cleared behind a pooler, a proxy or a load balancer', () => {
    const through = [
      'connection to server at "app.proxy-abc123.eu-west-1.rds.amazonaws.com" (10.0.0.9), port 5432 failed: FATAL:  password authentication failed for user "dms"',
      'connection to server at "aws-0-eu.pooler.supabase.com" (10.0.0.9), port 5432 failed: FATAL:  no pg_hba.conf entry for host "1.2.3.4", user "dms", database "app", SSL encryption',
      'connection to server at "net-123.elb.amazonaws.com" (10.0.0.9), port 5432 failed: Connection refused',
    ];
    for (const text of through) expect(explainText(text)[0]?.cleared, text).toEqual([]);
  });

  it('never clears what it suspects, and clears in path order', () => {
    for (const [text, cleared] of [
      [timeout, []],
      [
        refusal,
        [
          'dns',
          'route',
          'security-group',
          'network-acl',
          'iptables',
          'nftables',
          'shorewall',
          'ufw',
          'firewalld',
          'listener',
        ],
      ],
      ['could not connect to server: Connection refused', ['dns', 'route', 'security-group', 'network-acl']],
    ] as const) {
      expect(explainText(text)[0]?.cleared, text).toEqual(cleared);
    }
  });

  it('a generic code in front of a real message says nothing', () => {
    for (const code of ['1020912', '1022502', '122502', '1020401', '1020101']) {
      expect(explainText(code)[0], code).toMatchObject({ layer: null, cleared: [] });
      expect(
        explainText(`[${code}] FATAL:  the database system is starting up`).map(({ id }) => id),
        code,
      ).toEqual(['pg-starting-up']);
    }
  });

  it('a bare SQLSTATE is read as one', () => {
    const layers: Readonly<Record<string, string>> = {
      '28P01': 'login',
      '53300': 'capacity',
      '3D000': 'database',
      '57P03': 'listener',
      '53400': 'slots',
      '42501': 'role',
    };
    for (const [state, layer] of Object.entries(layers)) expect(explainText(state)[0]?.layer, state).toBe(layer);
    expect(explainText('12345')).toEqual([]);
  });

  it('one long line of JSON counts each failure once', () => {
    const padding = 'x'.repeat(900);
    const connections = Array.from({ length: 60 }, (_, i) => ({
      EndpointIdentifier: `e${i} ${padding}`,
      LastFailureMessage: i === 16 ? refusal : '',
    }));
    expect(explainText(JSON.stringify({ Connections: connections }))).toMatchObject([
      { id: 'pg-hba-no-entry', count: 1 },
    ]);
  });

  it('is certain only where a phrase speaks for itself', () => {
    expect(explainText('FATAL:  sorry, too many clients already')[0]?.confidence).toBe('certain');
    expect(explainText('the database said: too many connections')[0]?.confidence).toBe('likely');
    expect(explainText('53300')[0]?.confidence).toBe('likely');
  });
});
