import type { Call } from './calls.ts';
import { actionOf } from './calls.ts';
import { cleanText } from './secrets.ts';

/** What kept an answer away. */
export type Kind = 'denied' | 'credentials' | 'throttled' | 'timed-out' | 'interrupted' | 'failed';

/** Why an answer could not be had: the text of its `.error` item, and the words alone, which hold for every call alike. */
export type Refusal = { readonly kind: Kind; readonly error: string; readonly words: string };

/** Codes with which AWS says that the identity is known and may not. */
const denied = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'AccessDeniedFault',
  'NotAuthorized',
  'UnauthorizedOperation',
  'UnauthorizedException',
]);

/** Codes with which AWS, or the SDK before asking, says that there is no identity. */
const credentials = new Set([
  'AuthFailure',
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'IncompleteSignature',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'MissingAuthenticationToken',
  'RequestExpired',
  'RequestTimeTooSkewed',
  'SignatureDoesNotMatch',
  'TokenProviderError',
  'UnrecognizedClientException',
]);

const throttled = new Set([
  'EC2ThrottledException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
]);

const timeouts = new Set(['TimeoutError', 'RequestTimeout', 'RequestTimeoutException', 'ETIMEDOUT', 'ESOCKETTIMEDOUT']);

/**
 * Puts a failure of a call into the words of an `.error` item. A text begins with its reason, and names the permission
 * wherever one may be missing.
 *
 * @param error whatever the port threw
 * @param page the page that was asked for, from 1
 */
export function refusalOf(call: Call, error: unknown, page = 1): Refusal {
  const action = actionOf(call);
  const code = codeOf(error);
  const kind = kindOf(error, code);
  const where = page > 1 ? ` (page ${page})` : '';
  const said = [code, wordsOf(error)].filter((text) => text !== '' && text !== 'Error').join(': ');
  const because = said === '' ? '' : `: ${said}`;
  const tell = (reason: string, words: string): Refusal => ({
    kind,
    error: `${reason}: ${action}${where}${words}`,
    words,
  });
  switch (kind) {
    case 'denied':
      return tell('denied', because);
    case 'credentials': {
      const words = said.includes(noRegion) ? regionHint : `no valid credentials${because}${loginHint(said)}`;
      return { kind, error: `not-gathered: ${action}: ${words}`, words };
    }
    case 'throttled':
      return tell('not-gathered', ` was throttled, also when it was tried again${because}`);
    case 'timed-out':
      return tell('timed-out', because);
    case 'interrupted':
      return tell('not-gathered', ' was interrupted');
    default:
      return tell('not-gathered', because || ' failed without a word');
  }
}

/** How the SDK begins to say that it knows no Region. */
const noRegion = 'Region is missing';
const regionHint = 'no Region is set: give --region, AWS_REGION or a profile with a region';

function kindOf(error: unknown, code: string): Kind {
  if (denied.has(code)) return 'denied';
  if (credentials.has(code)) return 'credentials';
  if (throttled.has(code)) return 'throttled';
  if (timeouts.has(code)) return 'timed-out';
  if (code === 'AbortError') return 'interrupted';
  if (wordsOf(error).startsWith(noRegion)) return 'credentials';
  const status = member(member(error, '$metadata'), 'httpStatusCode');
  return status === 403 ? 'denied' : status === 429 ? 'throttled' : 'failed';
}

/** The code of a service's error stands in `name`, that of the network in `code`; EC2's may carry its side: `Client.AuthFailure`. */
function codeOf(error: unknown): string {
  const known = ['name', 'code', 'Code'].flatMap((key) => {
    const text = member(error, key);
    return typeof text === 'string' && text !== 'Error' ? text : [];
  });
  return oneLine((known[0] ?? '').slice(0, 80)).replace(/^(?:Client|Server)\./, '');
}

/**
 * A message on one line. EC2's denials end in an encoded blob that only an administrator can read, and a signature's
 * refusal in the signed text, which holds the session's token.
 */
function wordsOf(error: unknown): string {
  const message = error instanceof Error ? error.message : typeof error === 'string' ? error : '';
  const [text = ''] = message
    .slice(0, 2000)
    .split(/\s*(?:Encoded authorization failure message|The Canonical String|Deserialization error: to see)/, 1);
  return cleanText(oneLine(text)).slice(0, 300);
}

function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\s]+/gu, ' ').trim();
}

function loginHint(said: string): string {
  return /\bSSO\b|expired/i.test(said) ? ' (log in again: aws sso login, with the same --profile)' : '';
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && key in value
    ? (value as Record<string, unknown>)[key]
    : undefined;
}
