import { codesOf, words } from './define.ts';

/** The source’s name. */
export const dnsCodes = codesOf('dns', {
  DNS001: words<{ host: string }>({
    status: 'pass',
    title: 'The endpoint names a literal address',
    summary: ({ host }) => `${host} is an address: nothing to resolve`,
    detail: () => 'The replication instance’s resolver is not asked.',
  }),
  DNS004: words<{ host: string; vpc: string }>({
    status: 'block',
    title: 'DNS is off in the replication instance’s VPC',
    summary: ({ host, vpc }) => `${vpc} has DNS support off: ${host} cannot be resolved`,
    detail: ({ vpc }) =>
      `Without enableDnsSupport the resolver of ${vpc} answers nothing, and the replication instance has no other name servers.`,
  }),
  DNS003: words<{ host: string; address: string }>({
    status: 'pass',
    title: 'AWS’s own name stands for an interface that was seen',
    summary: ({ host, address }) => `${host} is ${address} inside its VPC`,
    detail: ({ address }) =>
      `The name is AWS’s own, and resolves inside its VPC to the interface’s private address ${address}, whatever it is elsewhere.`,
  }),
  DNS002: words<{ host: string }>({
    status: 'unknown',
    title: 'What the replication instance’s resolver answers is not known',
    summary: ({ host }) => `what ${host} resolves to for the replication instance is not known`,
    detail: () =>
      'Our resolver is not the replication instance’s: its VPC may use another one. A fresh connection test of DMS that gets past the name would show it.',
  }),
});

/** Routes between the replication instance and the source. */
export const routeCodes = codesOf('route', {
  RTE001: words<{ from: string; to: string; how: string }>({
    status: 'pass',
    title: 'Routes lead there and back',
    summary: ({ how }) => how,
    detail: ({ from, to }) => `Judged from ${from} to ${to} and back, by longest prefix.`,
  }),
  RTE002: words<{ from: string; to: string; why: string }>({
    status: 'block',
    title: 'No usable route',
    summary: ({ why }) => why,
    detail: ({ from, to }) => `Packets between ${from} and ${to} have no way there or no way back.`,
  }),
  RTE003: words<{ from: string; to: string; why: string }>({
    status: 'unknown',
    title: 'The route cannot be followed to its end',
    summary: ({ why }) => `the route from the replication instance cannot be followed: ${why}`,
    detail: ({ from, to }) => `Between ${from} and ${to} a hop is out of sight or not modelled; that is not a pass.`,
  }),
  RTE004: words<{ seen: string; judged: string }>({
    status: 'warn',
    title: 'The source will see another address than the one that is judged',
    summary: ({ seen, judged }) => `the source will see ${seen}; ${judged} is judged`,
    detail: () =>
      'By the routes the connection leaves through an internet gateway or a NAT gateway, or from another node than the one that was given. The host’s firewall and pg_hba.conf are judged for the given address: leave --from out to have them judged for what the source sees.',
  }),
});

/** Security groups of both ends. */
export const securityGroupCodes = codesOf('security-group', {
  SG001: words<{ from: string; to: string; port: number; how: string }>({
    status: 'pass',
    title: 'The security groups admit the connection',
    summary: ({ how }) => how,
    detail: ({ from, to, port }) =>
      `From ${from} to ${to}, TCP port ${port}: outbound at the replication instance and inbound at the source. Security groups are stateful: answers need no rule.`,
  }),
  SG002: words<{ from: string; to: string; port: number; why: string }>({
    status: 'block',
    title: 'A security group does not admit the connection',
    summary: ({ why }) => why,
    detail: ({ from, to, port }) =>
      `No rule of the groups admits TCP port ${port} from ${from} to ${to}. What no rule admits is dropped in silence; DMS sees a timeout.`,
  }),
  SG003: words<{ from: string; to: string; port: number; why: string }>({
    status: 'unknown',
    title: 'The security groups of one end are out of sight',
    summary: ({ why }) => `the security groups cannot be judged: ${why}`,
    detail: ({ from, to, port }) =>
      `TCP port ${port} from ${from} to ${to}: one end’s groups, or what a rule refers to, were not gathered.`,
  }),
});

/** Network ACLs of both subnets. */
export const networkAclCodes = codesOf('network-acl', {
  ACL001: words<{ from: string; to: string; port: number; how: string }>({
    status: 'pass',
    title: 'The network ACLs admit the connection and its answers',
    summary: ({ how }) => how,
    detail: ({ from, to, port }) =>
      `From ${from} to ${to}, TCP port ${port}, and the answers to the ephemeral ports: network ACLs are stateless, so both ways were judged.`,
  }),
  ACL002: words<{ from: string; to: string; port: number; why: string }>({
    status: 'block',
    title: 'A network ACL denies the connection or its answers',
    summary: ({ why }) => why,
    detail: ({ from, to, port }) =>
      `TCP port ${port} from ${from} to ${to}: the lowest rule number that matches decides; denied packets vanish in silence.`,
  }),
  ACL003: words<{ from: string; to: string; port: number; why: string }>({
    status: 'unknown',
    title: 'The network ACLs of one end are out of sight',
    summary: ({ why }) => `the network ACLs cannot be judged: ${why}`,
    detail: ({ from, to, port }) =>
      `TCP port ${port} from ${from} to ${to}: an ACL of one of the two subnets was not gathered.`,
  }),
});
