import type { RejectKind } from './model.ts';

/** What a Linux client's connect() fails with. */
export type Symptom = 'ECONNREFUSED' | 'EHOSTUNREACH' | 'ENETUNREACH' | 'ENOPROTOOPT' | 'EACCES';

const SYMPTOMS: Readonly<Record<RejectKind, Symptom>> = {
  'tcp-reset': 'ECONNREFUSED',
  'icmp-port-unreachable': 'ECONNREFUSED',
  'icmp-proto-unreachable': 'ENOPROTOOPT',
  'icmp-net-unreachable': 'ENETUNREACH',
  'icmp-net-prohibited': 'ENETUNREACH',
  'icmp-host-unreachable': 'EHOSTUNREACH',
  'icmp-host-prohibited': 'EHOSTUNREACH',
  'icmp-admin-prohibited': 'EHOSTUNREACH',
  'icmp6-port-unreachable': 'ECONNREFUSED',
  'icmp6-no-route': 'ENETUNREACH',
  'icmp6-addr-unreachable': 'EHOSTUNREACH',
  'icmp6-adm-prohibited': 'EACCES',
  'icmp6-policy-fail': 'EACCES',
  'icmp6-reject-route': 'EACCES',
};

/** The error that a client sees of a REJECT: the kernel's icmp_err_convert and icmpv6_err_convert, tested against it. */
export function symptomOf(kind: RejectKind): Symptom {
  return SYMPTOMS[kind];
}
