/**
 * Whether a text can be the id of an AWS resource: `sg-0123`, `tgw-rtb-0123`. Only such ids go into commands, which
 * people copy into a shell; a document can hold anything.
 */
export function isResourceId(text: string): boolean {
  return /^[a-z]{1,16}-[0-9A-Za-z-]{1,64}$/.test(text);
}
