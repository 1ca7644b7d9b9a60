import { item } from './item.ts';
import * as aws from './parse/aws.ts';
import * as here from './parse/here.ts';
import * as host from './parse/host.ts';
import * as postgres from './parse/postgres.ts';
import { parseSockets } from './parse/sockets.ts';
import { parseSudo } from './parse/sudo.ts';

const raw = (text: string) => text;
const hostScript = (root = false) => ({
  run: 'host-facts.sh on the source host',
  ...(root ? { root: true as const } : {}),
});
const onHost = <T>(
  parse: (text: string, name: string) => T,
  options: { root?: true; orElse?: readonly string[] } = {},
) =>
  item({
    vantage: 'host',
    how: hostScript(options.root),
    parse,
    ...(options.orElse ? { orElse: options.orElse } : {}),
  });
const seenHere = <T>(run: string, parse: (text: string) => T) => item({ vantage: 'here', how: { run }, parse });
const inDatabase = <T>(parse: (text: string) => T) =>
  item({ vantage: 'database', how: { run: 'a read-only session on the source database' }, parse });
const fromAws = <T>(operation: string, parse: (text: string) => T, service = 'ec2') =>
  item({ vantage: 'configuration', how: { run: `aws ${service} ${operation} --output json` }, parse });

const secondLook = <T>(parse: (text: string, name: string) => T, orElse: readonly string[] = []) =>
  item({ vantage: 'host', how: { run: 'dms-doctor check --test-connection with --local or --ssh' }, parse, orElse });

/** What the source host shows once DMS's own connection test has ended. */
const afterTest = {
  'host/after-test/iptables-nft-save.txt': secondLook(raw),
  'host/after-test/iptables-legacy-save.txt': secondLook(raw),
  'host/after-test/iptables-save.txt': secondLook(raw),
  'host/after-test/ip6tables-nft-save.txt': secondLook(raw),
  'host/after-test/ip6tables-legacy-save.txt': secondLook(raw),
  'host/after-test/ip6tables-save.txt': secondLook(raw),
  'host/after-test/nft-ruleset.json': secondLook(raw, ['host/after-test/nft-ruleset.txt']),
  'host/after-test/nstat.txt': secondLook(host.parseNstat),
  'host/after-test/kernel-log.txt': secondLook(raw),
  'postgres/after-test/log.txt': secondLook(raw),
};

/**
 * Every item that a judgement reads: its vantage, its parser, how a person gets it. The names are those of the bundle.
 */
export const items = {
  'aws/describe-endpoints.json': fromAws('describe-endpoints', aws.parseEndpoints, 'dms'),
  'aws/describe-replication-instances.json': fromAws(
    'describe-replication-instances',
    aws.parseReplicationInstances,
    'dms',
  ),
  'aws/describe-connections.json': fromAws('describe-connections', aws.parseConnections, 'dms'),
  'aws/describe-replication-tasks.json': fromAws('describe-replication-tasks', aws.parseReplicationTasks, 'dms'),
  'aws/describe-replication-configs.json': fromAws('describe-replication-configs', aws.parseReplicationConfigs, 'dms'),
  'aws/describe-replications.json': fromAws('describe-replications', aws.parseReplications, 'dms'),
  'aws/describe-replication-subnet-groups.json': fromAws(
    'describe-replication-subnet-groups',
    aws.parseSubnetGroups,
    'dms',
  ),
  'aws/describe-certificates.json': fromAws('describe-certificates', aws.parseCertificates, 'dms'),
  'aws/describe-network-interfaces.json': fromAws('describe-network-interfaces', aws.entriesOf('NetworkInterfaces')),
  'aws/describe-security-groups.json': fromAws('describe-security-groups', aws.entriesOf('SecurityGroups')),
  'aws/describe-network-acls.json': fromAws('describe-network-acls', aws.entriesOf('NetworkAcls')),
  'aws/describe-route-tables.json': fromAws('describe-route-tables', aws.entriesOf('RouteTables')),
  'aws/describe-subnets.json': fromAws('describe-subnets', aws.entriesOf('Subnets')),
  'aws/describe-vpcs.json': fromAws('describe-vpcs', aws.entriesOf('Vpcs')),
  'aws/describe-vpc-peering-connections.json': fromAws(
    'describe-vpc-peering-connections',
    aws.entriesOf('VpcPeeringConnections'),
  ),
  'aws/describe-nat-gateways.json': fromAws('describe-nat-gateways', aws.entriesOf('NatGateways')),
  'aws/describe-internet-gateways.json': fromAws('describe-internet-gateways', aws.entriesOf('InternetGateways')),
  'aws/describe-prefix-lists.json': fromAws('describe-prefix-lists', aws.entriesOf('PrefixLists')),
  'aws/describe-transit-gateways.json': fromAws('describe-transit-gateways', aws.entriesOf('TransitGateways')),
  'aws/describe-transit-gateway-attachments.json': fromAws(
    'describe-transit-gateway-attachments',
    aws.entriesOf('TransitGatewayAttachments'),
  ),
  'aws/describe-transit-gateway-vpc-attachments.json': fromAws(
    'describe-transit-gateway-vpc-attachments',
    aws.entriesOf('TransitGatewayVpcAttachments'),
  ),
  'aws/describe-vpn-connections.json': fromAws('describe-vpn-connections', aws.entriesOf('VpnConnections')),
  'aws/describe-vpc-endpoints.json': fromAws('describe-vpc-endpoints', aws.entriesOf('VpcEndpoints')),

  'dms/test-connection.json': item({
    vantage: 'dms',
    how: { run: 'dms-doctor check --test-connection' },
    parse: aws.parseTestConnection,
  }),
  'here/dns.json': seenHere('a look-up of the source’s name on this machine', here.parseDns),
  'here/tls.json': seenHere('a SQL session from this machine (--pg-url)', here.parseTls),
  'here/session.json': seenHere('a SQL session from this machine (--pg-url)', here.parseSession),

  'host/ip-addr.json': onHost(host.parseIpAddr, { orElse: ['host/ip-addr.txt'] }),
  'host/ip-route.json': onHost(host.parseIpRoute, { orElse: ['host/ip-route.txt'] }),
  'host/sysctl.txt': onHost(host.parseSysctl),
  'host/iptables-legacy-save.txt': onHost(raw, { root: true }),
  'host/iptables-nft-save.txt': onHost(raw, { root: true }),
  'host/iptables-save.txt': onHost(raw, { root: true }),
  'host/ip6tables-legacy-save.txt': onHost(raw, { root: true }),
  'host/ip6tables-nft-save.txt': onHost(raw, { root: true }),
  'host/ip6tables-save.txt': onHost(raw, { root: true }),
  'host/nft-ruleset.json': onHost(raw, { root: true, orElse: ['host/nft-ruleset.txt'] }),
  'host/ipset-save.txt': onHost(raw, { root: true }),
  'host/shorewall/status.txt': onHost(raw, { root: true }),
  'host/shorewall/zones': onHost(raw, { root: true }),
  'host/shorewall/interfaces': onHost(raw, { root: true }),
  'host/shorewall/hosts': onHost(raw, { root: true }),
  'host/shorewall/policy': onHost(raw, { root: true }),
  'host/shorewall/blrules': onHost(raw, { root: true }),
  'host/shorewall/rules': onHost(raw, { root: true }),
  'host/shorewall/shorewall.conf': onHost(raw, { root: true }),
  'host/shorewall/default': onHost(raw, { root: true }),
  'host/ufw/status.txt': onHost(raw, { root: true }),
  'host/ufw/ufw.conf': onHost(raw, { root: true }),
  'host/ufw/default': onHost(raw, { root: true }),
  'host/ufw/user.rules': onHost(raw, { root: true }),
  'host/ufw/user6.rules': onHost(raw, { root: true }),
  'host/ufw/before.rules': onHost(raw, { root: true }),
  'host/ufw/before6.rules': onHost(raw, { root: true }),
  'host/ufw/after.rules': onHost(raw, { root: true }),
  'host/ufw/after6.rules': onHost(raw, { root: true }),
  'host/firewalld/state.txt': onHost(raw, { root: true }),
  'host/firewalld/zones.txt': onHost(raw, { root: true }),
  'host/firewalld/firewalld.conf': onHost(raw, { root: true }),
  'host/fail2ban.txt': onHost(raw, { root: true }),
  'host/iptables-rules.v4': onHost(raw, { root: true }),
  'host/iptables-rules.v6': onHost(raw, { root: true }),
  'host/nftables.conf': onHost(raw, { root: true }),
  'host/rules-files.json': onHost(postgres.parseFiles, { root: true }),
  'host/units.txt': onHost(raw),
  'host/managers.txt': onHost(raw),
  'host/ss.txt': onHost(parseSockets, { root: true, orElse: ['host/netstat.txt'] }),
  'host/clusters.json': onHost(host.parseClusters, { root: true }),
  'host/poolers.json': onHost(host.parsePoolers, { root: true }),
  'host/nstat.txt': onHost(host.parseNstat),
  'host/xdp-tc.txt': onHost(host.parseXdpTc),
  'host/shorewall/files.json': onHost(postgres.parseFiles, { root: true }),
  'host/sudo.txt': onHost(parseSudo),
  'host/df.txt': onHost(host.parseDf),
  'host/cron.txt': onHost(raw, { root: true }),
  'host/load.txt': onHost(host.parseLoad),

  'host/kernel-log.txt': onHost(raw, { root: true }),

  ...afterTest,

  'postgres/pg_hba.conf': onHost(raw, { root: true }),
  'postgres/log.txt': onHost(raw, { root: true }),
  'postgres/files.json': onHost(postgres.parseFiles, { root: true }),
  'postgres/server.json': inDatabase(postgres.parseServer),
  'postgres/settings.json': inDatabase(postgres.parseSettings),
  'postgres/file-settings.json': inDatabase(postgres.parseFileSettings),
  'postgres/role-settings.json': inDatabase(postgres.parseRoleSettings),
  'postgres/hba-file-rules.json': inDatabase(postgres.parseHbaFileRules),
  'postgres/roles.json': inDatabase(postgres.parseRoles),
  'postgres/databases.json': inDatabase(postgres.parseDatabases),
  'postgres/replication.json': inDatabase(postgres.parseReplication),
  'postgres/slots.json': inDatabase(postgres.parseSlots),
  'postgres/activity.json': inDatabase(postgres.parseActivity),
  'postgres/prepared-xacts.json': inDatabase(postgres.parsePreparedXacts),
  'postgres/tables.json': inDatabase(postgres.parseTables),
  'postgres/column-types.json': inDatabase(postgres.parseColumnTypes),
  'postgres/privileges.json': inDatabase(postgres.parsePrivileges),
  'postgres/event-triggers.json': inDatabase(postgres.parseEventTriggers),
  'postgres/extensions.json': inDatabase(postgres.parseExtensions),
  'postgres/data.json': inDatabase(postgres.parseData),
  'postgres/wal.json': inDatabase(postgres.parseWal),
  'postgres/bgwriter.json': inDatabase(postgres.parseBgwriter),
  'postgres/checkpointer.json': inDatabase(postgres.parseCheckpointer),
  'postgres/database-stats.json': inDatabase(postgres.parseDatabaseStats),
  'postgres/cron-jobs.json': inDatabase(postgres.parseCronJobs),
  'postgres/pglogical-nodes.json': inDatabase(postgres.parsePglogicalNodes),
} as const;

/** The name of an item that a judgement reads. */
export type ItemName = keyof typeof items;

/** What an item's parse yields. */
export type Parsed<N extends ItemName> = ReturnType<(typeof items)[N]['parse']>;
