import { covers } from './address-set.ts';
import type { HbaAddress, HbaLine, HbaLineType, ParsedHba } from './line.ts';
import type { HbaToken } from './token.ts';

/** A line that no connection can reach, and the earlier one that catches all of its connections. */
export type UnreachableLine = { readonly line: HbaLine; readonly by: HbaLine };

/** Lines that are compared with those after them; a bound on the work, far above what files have. */
const mostCompared = 500;

function coversType(outer: HbaLineType, inner: HbaLineType): boolean {
  return outer === inner || (outer === 'host' && inner !== 'local');
}

const isSame = (one: HbaToken, other: HbaToken): boolean => one.text === other.text && one.quoted === other.quoted;
const isKeyword = (token: HbaToken, keyword: string): boolean => !token.quoted && token.text === keyword;

/** `all` stands for every database, but not for physical replication. */
function coversDatabases(outer: readonly HbaToken[], inner: readonly HbaToken[]): boolean {
  const all = outer.some((token) => isKeyword(token, 'all'));
  return inner.every((token) => (all && !isKeyword(token, 'replication')) || outer.some((each) => isSame(each, token)));
}

function coversUsers(outer: readonly HbaToken[], inner: readonly HbaToken[]): boolean {
  return (
    outer.some((token) => isKeyword(token, 'all')) || inner.every((token) => outer.some((each) => isSame(each, token)))
  );
}

function coversAddress(outer: HbaAddress | undefined, inner: HbaAddress | undefined): boolean {
  if (!outer || !inner) return outer === inner;
  if (outer.kind === 'all') return true;
  if (outer.kind === 'network') return inner.kind === 'network' && covers(outer.network, inner.network);
  if (outer.kind === 'host-name') return inner.kind === 'host-name' && inner.name === outer.name;
  return inner.kind === outer.kind;
}

/**
 * Lines that can never match, because one earlier line matches all that they do. What several earlier lines catch together is not
 * found, nor what needs the server's roles, names or addresses.
 */
export function unreachableLines(hba: ParsedHba): UnreachableLine[] {
  const earlier: HbaLine[] = [];
  const found: UnreachableLine[] = [];
  for (const line of hba.lines) {
    const by = earlier.find(
      (each) =>
        coversType(each.type, line.type) &&
        coversAddress(each.address, line.address) &&
        coversDatabases(each.databases, line.databases) &&
        coversUsers(each.users, line.users),
    );
    if (by) found.push({ line, by });
    else if (earlier.length < mostCompared) earlier.push(line);
  }
  return found;
}
