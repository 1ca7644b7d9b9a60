import type { EvidenceLine } from '../finding.ts';
import { certifies } from './certificate.ts';
import type { Draft, Reader } from './probe.ts';
import { probe } from './probe.ts';
import { seenEndpoint } from './tasks.ts';

type TlsReader = Reader<'postgres/settings.json', 'here/tls.json'>;

/** Whether the endpoint's TLS mode, the server's `ssl` and the certificate that it shows agree. */
export const tls = probe({
  layer: 'tls',
  needs: ['postgres/settings.json'],
  sharpens: ['here/tls.json', 'aws/describe-endpoints.json', 'aws/describe-certificates.json'],
  *judge(e) {
    const mode = e.fact('tls');
    if (mode === 'verify-ca' || mode === 'verify-full') yield* authority(e);
    const ssl = e.need('postgres/settings.json').get('ssl')?.setting;
    if (ssl !== 'on' && ssl !== 'off') return e.notUnderstood('postgres/settings.json', 'it has no row for ssl');
    const evidence = [e.cite('postgres/settings.json', `ssl = ${ssl}`)] as const;
    if (mode === 'none') yield { code: 'TLS001', args: { mode, ssl }, evidence };
    else if (ssl === 'off') yield { code: 'TLS002', args: { mode }, evidence };
    else if (mode === 'require') yield { code: 'TLS001', args: { mode, ssl }, evidence };
    else yield* certificate(e, mode, evidence);
  },
});

/** What a verify mode makes of the certificate, as far as it can be seen without the authority that DMS was given. */
function* certificate(
  e: TlsReader,
  mode: 'verify-ca' | 'verify-full',
  before: readonly [EvidenceLine],
): Generator<Draft> {
  const shown = e.maybe('here/tls.json')?.certificate;
  if (shown === undefined) {
    yield { code: 'TLS003', args: { mode }, evidence: before };
    return;
  }
  const { subject, issuer, names, validFrom, validTo, sha256 } = shown;
  const evidence = [
    ...before,
    e.cite('here/tls.json', `${subject}; names ${names.join(', ') || '(none)'}; issued by ${issuer}`),
    e.cite('here/tls.json', `valid from ${validFrom} to ${validTo}; SHA-256 ${sha256}`),
  ] as const;
  const host = e.fact('host');
  const now = Date.parse(e.collectedAt ?? '');
  if (mode === 'verify-full' && !certifies(shown, host))
    yield { code: 'TLS004', args: { host, names: [...names, subject].join(', ') }, evidence };
  if (now > Date.parse(validTo) || now < Date.parse(validFrom))
    yield { code: 'TLS005', args: { mode, from: validFrom, until: validTo }, evidence };
  yield { code: 'TLS003', args: { mode }, evidence };
}

const day = 24 * 60 * 60 * 1000;
const soon = 30;

/** The authority's certificate that the endpoint names, against the time of the evidence. */
function* authority(
  e: Reader<never, 'aws/describe-endpoints.json' | 'aws/describe-certificates.json'>,
): Generator<Draft> {
  const arn = seenEndpoint(e)?.CertificateArn;
  const found = arn ? e.maybe('aws/describe-certificates.json')?.find((one) => one.CertificateArn === arn) : undefined;
  const until = found?.ValidToDate ?? undefined;
  const left = Date.parse(until ?? '') - Date.parse(e.collectedAt ?? '');
  if (until === undefined || Number.isNaN(left)) return;
  const name = found?.CertificateIdentifier ?? arn ?? '';
  const evidence = [e.cite('aws/describe-certificates.json', `${name}: ValidToDate ${until}`)] as const;
  if (left <= 0) yield { code: 'TLS006', args: { certificate: name, expired: until }, evidence };
  else if (left < soon * day)
    yield { code: 'TLS007', args: { certificate: name, expires: until, days: Math.floor(left / day) }, evidence };
}
