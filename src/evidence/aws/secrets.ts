/** What stands in a secret's place. */
const mask = '***';

/** Names behind which a secret stands: of members, connection attributes and tags. */
const secretName =
  /^pass$|pass(?:word|wd|phrase)|pwd|secret|token|credential|pre-?shared-?key|private-?key|access-?key|api-?key|securitydbencryption$/i;
/** Names that hold such a word and only name a thing: ARNs, ids, roles. */
const plainName = /(?:arn|id|identifier|name|rolearn|authenticationmethod)$/i;

/** Members that are secret as a whole: the configuration of a VPN's customer gateway holds its keys, a wallet its own. */
const dropped = new Set(['CustomerGatewayConfiguration', 'CertificateWallet']);

/**
 * `password=…` anywhere in a text. What stands behind the sign always matches, quoted or not, so that a text costs its
 * length.
 */
const assignment =
  /((?:pass(?:word|wd|phrase)?|pwd|secret|token)\w{0,40})([ \t]{0,4}:?=[ \t]{0,4})(?:'[^']*'?|"[^"]*"?|[^\s;,&]+)/gi;
/** The same as JSON writes it, which settings of tasks are. */
const jsonMember = /("[a-z_]{0,40}(?:password|passwd|passphrase)"\s{0,4}:\s{0,4})"(?:[^"\\]|\\.)*"?/gis;
/** `PASSWORD 'x'`, as SQL writes it. */
const sqlPassword = /(\bpassword[ \t]{1,4})'[^']*'?/gi;
/** The password of a URL. */
const urlPassword = /(:\/\/[^\s:@/]{1,100}:)\S{1,100}@/g;

/** What every pattern above needs: nearly all texts of an answer are let through by this alone. */
const suspicious = /pass|pwd|secret|token|:\/\//i;

/**
 * Writes an answer as the AWS CLI does (JSON, four spaces, dates in ISO 8601), without the secrets that it may hold:
 * passwords, keys, and what looks like one in ExtraConnectionAttributes, scripts, messages and tags.
 */
export function textWithoutSecrets(document: object): string {
  return `${JSON.stringify(document, clean, 4)}\n`;
}

function clean(key: string, value: unknown): unknown {
  if (dropped.has(key)) return undefined;
  if (isTag(value)) return isSecret(value.Key) ? { ...value, Value: mask } : value;
  if (typeof value !== 'string' || value === '') return value;
  if (key === 'ExtraConnectionAttributes') return cleanAttributes(value);
  if (isSecret(key)) return mask;
  return cleanText(value);
}

function isTag(value: unknown): value is { Key: string; Value: unknown } {
  return (
    typeof value === 'object' && value !== null && 'Key' in value && 'Value' in value && typeof value.Key === 'string'
  );
}

function isSecret(name: string): boolean {
  return secretName.test(name) && !plainName.test(name);
}

/** A text without the passwords that it shows in one of the usual ways. */
export function cleanText(text: string): string {
  if (!suspicious.test(text)) return text;
  return text
    .replaceAll(assignment, (whole, name: string, sign: string) => (isSecret(name) ? `${name}${sign}${mask}` : whole))
    .replaceAll(jsonMember, `$1"${mask}"`)
    .replaceAll(sqlPassword, `$1'${mask}'`)
    .replaceAll(urlPassword, `$1${mask}@`);
}

/** `name=value;name=value`: a piece without a name, behind a secret, is the secret's rest. */
function cleanAttributes(text: string): string {
  let behindSecret = false;
  return text
    .split(';')
    .map((piece) => {
      const equals = piece.indexOf('=');
      if (equals < 0) return behindSecret && piece.trim() !== '' ? mask : piece;
      behindSecret = isSecret(piece.slice(0, equals).trim());
      return behindSecret ? `${piece.slice(0, equals + 1)}${mask}` : cleanText(piece);
    })
    .join(';');
}
