import { isObject, type Json } from './nft-fields.ts';
import { doubtful } from './program.ts';

/** Stands in front of a rule that may be for one family alone without the listing's saying so. */
export const HIDDEN_FAMILY = doubtful(
  'whether the rule is for one address family alone, which the listing of nft leaves out before a reject',
);

/**
 * What nft lists of a rule that rejects, in a table of several families, lacks its `meta nfproto` or `meta protocol`
 * (stmt_reject_postprocess of nftables, seen with 1.0.6): a reset tells nothing of the family then, and a `meta nfproto` that is
 * shown before an ICMP reject stands there only because a `meta protocol` was left out. A counter, or any other statement before the
 * reject, keeps the listing whole.
 */
export function mayHideFamily(statements: readonly Json[], family: string): boolean {
  if (family === 'ip' || family === 'ip6') return false;
  const at = statements.findIndex((each) => isObject(each) && 'reject' in each);
  const reject = isObject(statements[at]) ? statements[at]['reject'] : undefined;
  const type = isObject(reject) ? reject['type'] : undefined;
  const before = statements.slice(0, at);
  const last = before.at(-1);
  if (last !== undefined && !(isObject(last) && 'match' in last)) return false;
  if (type === 'tcp reset') return !before.some(namesFamily);
  const own = type === 'icmp' ? 'ipv4' : type === 'icmpv6' ? 'ipv6' : undefined;
  return own !== undefined && before.some((each) => isFamilyMatch(each, own));
}

/** Whether a match is for packets of one family alone. */
function namesFamily(statement: Json): boolean {
  const text = JSON.stringify(statement);
  return /"protocol":"ip6?"|"meta":\{"key":"(?:nfproto|protocol)"|"key":"ip6? [sd]addr"/.test(text);
}

function isFamilyMatch(statement: Json, wanted: string): boolean {
  const comparison = isObject(statement) && isObject(statement['match']) ? statement['match'] : {};
  const { op, left, right } = comparison;
  const meta = isObject(left) && isObject(left['meta']) ? left['meta'] : {};
  return op === '==' && meta['key'] === 'nfproto' && right === wanted;
}
