import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gatherAws } from '../../../src/evidence/aws.ts';
import { textWithoutSecrets } from '../../../src/evidence/aws/secrets.ts';
import { portsFrom } from './support.ts';

const runs = (count: number) => ({ numRuns: count * Number(process.env['SAMPLES'] ?? 1) });
const clean = (document: object) => JSON.parse(textWithoutSecrets(document)) as Record<string, unknown>;
const attributes = (text: string) => clean({ ExtraConnectionAttributes: text })['ExtraConnectionAttributes'];

describe('secrets never leave the gathering', () => {
  test.each([
    ['captureDdls=N;password=hunter2;slotName=dms', 'captureDdls=N;password=***;slotName=dms'],
    ['Password=hunter2', 'Password=***'],
    ['asmPassword = hunter2 ; x=1', 'asmPassword =***; x=1'],
    ['sslClientKeyPassword=a;b;c;port=1', 'sslClientKeyPassword=***;***;***;port=1'],
    ['secretAccessKey=AbC/dEf=;accessKey=AKIA', 'secretAccessKey=***;accessKey=***'],
    ['authToken=abc;', 'authToken=***;'],
    [
      'securityDbEncryption=key;securityDbEncryptionName=name',
      'securityDbEncryption=***;securityDbEncryptionName=name',
    ],
    [
      "afterConnectScript=CREATE ROLE x PASSWORD 'hunter2';pluginName=pglogical",
      "afterConnectScript=CREATE ROLE x PASSWORD '***';pluginName=pglogical",
    ],
    [
      'secretsManagerSecretId=arn:aws:secretsmanager:eu-west-1:1:secret:x;secretsManagerAccessRoleArn=arn:aws:iam::1:role/x',
      'secretsManagerSecretId=arn:aws:secretsmanager:eu-west-1:1:secret:x;secretsManagerAccessRoleArn=arn:aws:iam::1:role/x',
    ],
    ['captureDdls=N;heartbeatEnable=Y;keyspace=k', 'captureDdls=N;heartbeatEnable=Y;keyspace=k'],
  ])('connection attributes %s', (given, kept) => {
    expect(attributes(given)).toBe(kept);
  });

  test.each([
    [
      { Password: 'hunter2', Username: 'dms' },
      { Password: '***', Username: 'dms' },
    ],
    [
      { KafkaSettings: { SaslPassword: 'hunter2', SslClientKeyArn: 'arn:x' } },
      { KafkaSettings: { SaslPassword: '***', SslClientKeyArn: 'arn:x' } },
    ],
    [
      { PostgreSQLSettings: { SecretsManagerSecretId: 'dms/source', AuthenticationMethod: 'password' } },
      { PostgreSQLSettings: { SecretsManagerSecretId: 'dms/source', AuthenticationMethod: 'password' } },
    ],
    [
      {
        VpnConnections: [
          {
            CustomerGatewayConfiguration: '<pre_shared_key>hunter2</pre_shared_key>',
            Options: { TunnelOptions: [{ PreSharedKey: 'hunter2' }] },
          },
        ],
      },
      { VpnConnections: [{ Options: { TunnelOptions: [{ PreSharedKey: '***' }] } }] },
    ],
    [{ CertificateWallet: 'aHVudGVyMg==', CertificateIdentifier: 'c' }, { CertificateIdentifier: 'c' }],
    [
      {
        Tags: [
          { Key: 'DB_PASSWORD', Value: 'hunter2' },
          { Key: 'Name', Value: 'db1' },
        ],
      },
      {
        Tags: [
          { Key: 'DB_PASSWORD', Value: '***' },
          { Key: 'Name', Value: 'db1' },
        ],
      },
    ],
    [
      { LastFailureMessage: 'connecting with UID=dms;PWD=hunter2; failed' },
      { LastFailureMessage: 'connecting with UID=dms;PWD=***; failed' },
    ],
    [
      { FailureMessages: ['postgres://dms:hunter2@db1/orders refused'] },
      { FailureMessages: ['postgres://dms:***@db1/orders refused'] },
    ],
    [
      { AfterConnectScript: "SET x; ALTER ROLE y PASSWORD 'hunter2'" },
      { AfterConnectScript: "SET x; ALTER ROLE y PASSWORD '***'" },
    ],
    [
      { ReplicationTaskSettings: '{"Password":"hunter2","Logging":true}' },
      { ReplicationTaskSettings: '{"Password":"***","Logging":true}' },
    ],
    [
      { ReplicationTaskSettings: '{"x_password" : "hun\\\\\\"ter2"}' },
      { ReplicationTaskSettings: '{"x_password" : "***"}' },
    ],
    [
      { LastFailureMessage: 'password authentication failed for user "dms"' },
      { LastFailureMessage: 'password authentication failed for user "dms"' },
    ],
  ])('members: %j', (given, kept) => {
    expect(clean(given)).toEqual(kept);
  });

  test('a secret value in connection attributes never appears, whatever it holds and whatever stands around it', () => {
    const name = fc.constantFrom(
      'password',
      'Password',
      'asm_password',
      'sslKeyPassword',
      'secretKey',
      'token',
      'pwd',
      'passphrase',
    );
    const other = fc.constantFrom('captureDdls=N', 'port=5432', '', 'slotName=dms', 'afterConnectScript=SELECT 1');
    const value = fc.string({ minLength: 1, maxLength: 30 }).map((text) => `MARK${text.replaceAll('=', '')}MARK`);
    fc.assert(
      fc.property(name, value, fc.array(other), fc.array(other), (key, secret, before, behind) => {
        const text = textWithoutSecrets({
          ExtraConnectionAttributes: [...before, `${key}=${secret}`, ...behind].join(';'),
        });
        expect(text).not.toContain('MARK');
        for (const kept of [...before, ...behind].filter((one) => one.includes('='))) expect(text).toContain(kept);
      }),
      runs(500),
    );
  });

  test('any text costs its length', () => {
    const hostile = [
      'password',
      "password='",
      'password="',
      '"password" :',
      '://a:',
      'PASSWORD ',
      'token_',
      ';=',
      '\u0000',
    ];
    for (const piece of hostile) {
      const began = performance.now();
      textWithoutSecrets({
        LastFailureMessage: piece.repeat(200_000),
        ExtraConnectionAttributes: piece.repeat(200_000),
      });
      expect(performance.now() - began).toBeLessThan(5000);
    }
  });

  test('through the whole gathering', async () => {
    const documents = {
      'describe-endpoints': {
        Endpoints: [
          {
            EndpointIdentifier: 'a',
            EndpointArn: 'arn:a',
            EndpointType: 'SOURCE',
            EngineName: 'postgres',
            ExtraConnectionAttributes: 'password=MARKER;x=1',
          },
        ],
      },
      'describe-vpn-connections': {
        VpnConnections: [{ VpnConnectionId: 'vpn-1', CustomerGatewayConfiguration: 'MARKER' }],
      },
    };
    const { items } = await gatherAws({ endpoint: 'a' }, portsFrom(documents));
    const everything = [...items.values()].map((item) => ('text' in item ? item.text : item.error)).join('\n');
    expect(everything).toContain('x=1');
    expect(everything).not.toContain('MARKER');
  });
});
