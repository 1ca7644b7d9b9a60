import { describe, expect, it } from 'vitest';
import { explainText } from '../../src/errors/explainer.ts';

/** What people paste by mistake: nothing here is about a database or DMS. */
const unrelated: Readonly<Record<string, string>> = {
  'npm install': `npm ERR! code ECONNREFUSED
npm ERR! errno ECONNREFUSED
npm ERR! FetchError: request to https://registry.example.com/left-pad failed, reason: connect ECONNREFUSED 10.0.0.1:443
npm ERR! A complete log of this run can be found in: /root/.npm/_logs/2024-01-01T00_00_00_000Z-debug-0.log`,
  'docker build': `#12 [builder 5/9] RUN make -j4
#12 3.142 gcc -O2 -c main.c -o main.o
#12 9.001 make: *** [Makefile:12: all] Error 2
ERROR: failed to solve: process "/bin/sh -c make -j4" did not complete successfully: exit code: 2`,
  'docker daemon': 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
  curl: `curl: (7) Failed to connect to localhost port 8080 after 0 ms: Connection refused
curl: (28) Connection timed out after 30001 milliseconds
curl: (6) Could not resolve host: intranet.example.com`,
  ssh: 'ssh: connect to host 10.1.2.3 port 22: Connection timed out\nssh: connect to host 10.1.2.4 port 22: No route to host\nPermission denied (publickey).',
  git: "fatal: unable to access 'https://git.example.com/a/b.git/': Could not resolve host: git.example.com\nfatal: Could not read from remote repository.",
  kubernetes: `Warning  Unhealthy  2m (x3 over 3m)  kubelet  Readiness probe failed: Get "http://10.244.0.5:8080/healthz": dial tcp 10.244.0.5:8080: connect: connection refused
Warning  BackOff    1m  kubelet  Back-off restarting failed container
Last State: Terminated  Reason: OOMKilled  Exit Code: 137`,
  nginx:
    '2024/01/01 00:00:00 [error] 31#31: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 10.0.0.1, server: _, request: "GET / HTTP/1.1", upstream: "http://127.0.0.1:3000/"',
  redis:
    'Error: connect ECONNREFUSED 127.0.0.1:6379\n    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1555:16)',
  java: `Exception in thread "main" java.lang.NullPointerException: Cannot invoke "String.length()" because "s" is null
\tat com.example.Main.main(Main.java:12)`,
  maven:
    '[ERROR] Failed to execute goal on project app: Could not resolve dependencies: Failure to transfer com.example:lib:jar:1.0: Connect to repo.example.com:443 failed: Connect timed out',
  gradle:
    'Timeout waiting to lock build logic queue. It is currently in use by another Gradle instance.\nFAILURE: Build failed with an exception.',
  python: `Traceback (most recent call last):
  File "/srv/app/main.py", line 3, in <module>
    import numpy
ModuleNotFoundError: No module named 'numpy'`,
  pytest: 'FAILED tests/test_api.py::test_login - AssertionError: assert 401 == 200\n1 failed, 12 passed in 3.21s',
  rust: 'error[E0382]: borrow of moved value: `x`\n --> src/main.rs:4:20',
  disk: "cp: error writing '/mnt/backup/a.tar': No space left on device",
  chat: `anna: morning! did the deploy go through?
ben: no, it timed out again. I think the role does not exist yet
anna: hm, permission denied? or is it the network
ben: dunno, will look after lunch, ticket is 1020912 in the queue`,
  'chat about a lock':
    'my session timeout expired and then access was denied by the doorman, no route to host a party there',
  s3: 'An error occurred (AccessDenied) when calling the PutObject operation: User: arn:aws:iam::111122223333:user/ci is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::build-artifacts/x"',
  terraform: `Error: creating EC2 Instance: InvalidSubnetID.NotFound: The subnet ID 'subnet-123' does not exist
  with aws_instance.web, on main.tf line 12, in resource "aws_instance" "web":`,
  'terraform eks':
    'Error: waiting for EKS Cluster (prod) create: unexpected state CREATE_FAILED: InvalidParameterCombinationException: bad combination',
  tls: 'x509: certificate signed by unknown authority while pulling image registry.example.com/app:1.0',
  browser: 'Access to fetch at https://api.example.com from origin https://example.com has been blocked by CORS policy',
  cargo: 'warning: spurious network error (2 tries remaining): [28] Timeout was reached (Operation too slow)',
  apt: "E: Failed to fetch http://deb.debian.org/debian/pool/x.deb  Temporary failure resolving 'deb.debian.org'",
  order: 'Order 1022502 was shipped on 2024-01-01. Tracking 122301.',
  smtp: '554 5.7.1 Relay access denied; timeout expired while receiving the initial server greeting',
  ldap: 'ldap_bind: Invalid credentials (49)',
  systemd:
    'systemd[1]: nginx.service: Main process exited, code=exited, status=1/FAILURE\nsystemd[1]: Failed to start nginx.service.',
  'kernel log': 'Out of memory: Killed process 1234 (chrome) total-vm:1234kB, anon-rss:999kB',
  'make of a log':
    'remote: error: GH001: Large files detected.\n ! [remote rejected] main -> main (pre-receive hook declined)',
  'service mesh':
    'upstream connect error or disconnect/reset before headers. reset reason: connection failure, transport failure reason: delayed connect error: 111\nendpoint http://cart:8080 dial tcp 10.0.0.7:8080: connect: connection refused',
  'primary node':
    'etcd: primary node lost: read tcp 10.0.0.1:2380: i/o timeout, connection reset by peer, standby takes over',
  'a database far away': `pulling image postgres:16 ... done\n${'step of the build that has nothing to do with it\n'.repeat(12)}curl: (7) Failed to connect to localhost port 8080: Connection refused`,
  'docker compose': 'web-1 exited with code 1\nError: listen EADDRINUSE: address already in use :::3000',
  'aws cli': 'Could not connect to the endpoint URL: "https://ec2.eu-west-9.amazonaws.com/"',
  'aws throttling':
    'An error occurred (Throttling) when calling the DescribeStacks operation (reached max retries: 4): Rate exceeded',
  pip: "WARNING: Retrying (Retry(total=4)) after connection broken by 'NewConnectionError: Failed to establish a new connection: [Errno -2] Name or service not known': /simple/requests/",
  'go test':
    '--- FAIL: TestServer (0.01s)\n    server_test.go:12: dial tcp 127.0.0.1:41233: connect: connection refused',
  'java memory':
    'java.lang.OutOfMemoryError: Java heap space\n\tat java.base/java.util.Arrays.copyOf(Arrays.java:3537)',
  'ssh in German': 'ssh: connect to host 10.0.0.1 port 22: Verbindungsaufbau abgelehnt',
  'cp in French': "cp: erreur d'écriture de '/mnt/a': Aucun espace disponible sur le périphérique",
  'cron mail':
    'Subject: Cron <root@host> /usr/bin/backup\n\nrsync: connection unexpectedly closed (0 bytes received so far) [sender]',
  lorem: 'The quick brown fox jumps over the lazy dog. '.repeat(200),
  empty: '',
  blank: ' \n\t\n ',
  numbers: '42',
};

describe('text that has nothing to do with databases', () => {
  it.each(Object.entries(unrelated))('%s explains nothing', (_name, text) => {
    expect(explainText(text).map(({ id, matched }) => `${id}: ${matched.text}`)).toEqual([]);
  });
});
