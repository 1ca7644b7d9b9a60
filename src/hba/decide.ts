import { difference, formatBlock, parseBlock, type AddressBlock } from './address-set.ts';
import { formatAddress } from './address.ts';
import type { ConnectionAttempt, ServerContext } from './connection.ts';
import type { HbaLine, HbaMethod, ParsedHba } from './line.ts';
import { matchedNames, matchesDatabase, matchesUser, type MatchedNames, type Trilean } from './match.ts';
import { matchAddress } from './matching-addresses.ts';
import { refusalMessage } from './refusal.ts';

/** What the server does with a connection before it asks for a password. */
export type HbaOutcome =
  | {
      readonly verdict: 'line';
      readonly line: HbaLine;
      readonly method: HbaMethod;
      /** Of a line that says `reject`: what the server tells the first of the addresses. */
      readonly message?: string;
    }
  /** No line matches; what the server tells the first of the addresses. */
  | { readonly verdict: 'no-entry'; readonly message: string };

/** The outcome for a part of the addresses that a connection may come from. */
export type HbaDecision = { readonly from: readonly string[] } & (
  | HbaOutcome
  | {
      readonly verdict: 'unknown';
      /** The first line of which it cannot be said whether it matches. */
      readonly line?: HbaLine;
      readonly why: string;
      /** Every outcome that there can be; empty where that is not known either. */
      readonly candidates: readonly HbaOutcome[];
    }
);

/** A line that would match, and the earlier one that catches the connection first. */
export type ShadowedLine = { readonly line: HbaLine; readonly by: HbaLine; readonly from: readonly string[] };

/** A line that may match. */
type Doubt = { readonly line: HbaLine; readonly why: string };

/** Addresses for which the same lines have come into question so far. */
type Part = { readonly set: AddressBlock; readonly doubts: readonly Doubt[] };

/** Parts with what became of them; `line` is undefined where no line matches. */
type Settled = Part & { readonly line: HbaLine | undefined };

/** More pieces than this mean a file made to be expensive; the rest is not judged. */
const mostParts = 4096;

/** Whether type, databases and users of a line match, whatever the address. */
function matchesApartFromAddress(
  line: HbaLine,
  attempt: ConnectionAttempt,
  names: MatchedNames,
  roles: ServerContext['roles'],
): Trilean {
  if (line.type === 'local' || line.type === 'hostgssenc') return false;
  if (line.type === (attempt.tls ? 'hostnossl' : 'hostssl')) return false;
  const database = matchesDatabase(line.databases, names, roles);
  if (database === false) return false;
  const user = matchesUser(line.users, names, roles);
  return user === false || database === true ? user : database;
}

/** The blocks of `from`, without what overlaps, and the texts that are no addresses. */
function blocksOf(from: readonly string[]): { blocks: AddressBlock[]; others: string[] } {
  let blocks: AddressBlock[] = [];
  const others: string[] = [];
  for (const text of from) {
    const set = parseBlock(text);
    if (set) blocks = [...blocks.flatMap((earlier) => difference(earlier, set)), set];
    else others.push(text);
  }
  return { blocks, others };
}

/** Walks the lines with all addresses at once, and gives each part what became of it. */
function settle(hba: ParsedHba, attempt: ConnectionAttempt, context: ServerContext, blocks: readonly AddressBlock[]) {
  const names = matchedNames(attempt, context.version);
  const settled: Settled[] = [];
  const shadowed: { line: HbaLine; by: HbaLine; set: AddressBlock }[] = [];
  let open: Part[] = blocks.map((set) => ({ set, doubts: [] }));
  let tooMany = false;
  for (const line of hba.lines) {
    const rest = matchesApartFromAddress(line, attempt, names, context.roles);
    if (rest === false || !line.address) continue;
    for (const { set, line: by } of settled) {
      if (rest !== true || !by) continue;
      for (const part of matchAddress(line.address, set, context).matching) shadowed.push({ line, by, set: part });
    }
    const next: Part[] = [];
    for (const { set, doubts } of open) {
      const { matching, unsure, others, why } = matchAddress(line.address, set, context);
      const doubted = [...doubts, { line, why: rest === true ? why : rest.unsure }];
      for (const part of others) next.push({ set: part, doubts });
      for (const part of unsure) next.push({ set: part, doubts: doubted });
      for (const part of matching) {
        if (rest === true) settled.push({ set: part, doubts, line });
        else next.push({ set: part, doubts: doubted });
      }
    }
    open = next;
    if (open.length + settled.length + shadowed.length > mostParts) {
      tooMany = true;
      break;
    }
  }
  if (!tooMany) settled.push(...open.map((part) => ({ ...part, line: undefined })));
  return { settled, unsettled: tooMany ? open : [], shadowed };
}

/** Orders blocks by family, then by address. */
function byAddress(one: AddressBlock, other: AddressBlock): number {
  if (one.family !== other.family) return one.family - other.family;
  return one.value < other.value ? -1 : one.value > other.value ? 1 : 0;
}

/** Puts together what belongs together, each group's blocks in order. */
function groups<T extends { set: AddressBlock }>(items: readonly T[], keyOf: (item: T) => readonly unknown[]): T[][] {
  const ids = new Map<unknown, number>();
  const idOf = (part: unknown): number => ids.get(part) ?? (ids.set(part, ids.size), ids.size - 1);
  const found = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item).map(idOf).join();
    const group = found.get(key);
    if (group) group.push(item);
    else found.set(key, [item]);
  }
  return [...found.values()].map((group) => group.sort((one, other) => byAddress(one.set, other.set)));
}

/**
 * Which line decides on a connection (hba.c `check_hba`): the first that matches, and no other after it.
 *
 * The decisions cut the attempt's addresses into parts that do not overlap. While the server refuses the file, or may refuse it,
 * every decision is `unknown`: other rules than these may be in force.
 */
export function decide(hba: ParsedHba, attempt: ConnectionAttempt, context: ServerContext): HbaDecision[] {
  const { blocks, others } = blocksOf(attempt.from);
  const noAddresses = others.map((text): HbaDecision => {
    return { from: [text], verdict: 'unknown', why: `"${text}" is neither an address nor a CIDR`, candidates: [] };
  });
  const problem = hba.problems[0];
  if (problem) {
    const where = problem.line > 0 ? `line ${problem.line} of ${problem.file}` : problem.file;
    const why = `the server refuses the file, so that other rules are in force: ${where}: ${problem.why}`;
    return [...noAddresses, { from: blocks.map(formatBlock), verdict: 'unknown', why, candidates: [] }];
  }
  const outcomeOf = (line: HbaLine | undefined, set: AddressBlock): HbaOutcome => {
    const message = (reason: 'no-entry' | 'reject'): string =>
      refusalMessage(reason, formatAddress(set), attempt, context.version);
    if (!line) return { verdict: 'no-entry', message: message('no-entry') };
    const outcome = { verdict: 'line', line, method: line.method } as const;
    return line.method === 'reject' ? { ...outcome, message: message('reject') } : outcome;
  };
  const { settled, unsettled } = settle(hba, attempt, context, blocks);
  const decisions = groups(settled, ({ line, doubts }) => [line, ...doubts.map((doubt) => doubt.line)]).map((group) => {
    const { set, line, doubts } = group[0]!;
    const from = group.map((part) => formatBlock(part.set));
    const outcome = outcomeOf(line, set);
    const unknown = hba.unknowns[0];
    const doubt = doubts[0];
    if (!doubt && !unknown) return { from, ...outcome };
    const candidates = [...doubts.map((each) => outcomeOf(each.line, set)), outcome];
    if (doubt)
      return { from, verdict: 'unknown', line: doubt.line, why: `not known: ${doubt.why}`, candidates } as const;
    const why = `line ${unknown!.line} of ${unknown!.file}: not known: ${unknown!.why}`;
    return { from, verdict: 'unknown', why, candidates } as const;
  });
  if (unsettled.length === 0) return [...noAddresses, ...decisions];
  const why = `the lines cut these addresses into more than ${mostParts} parts`;
  const rest: HbaDecision = {
    from: unsettled.map(({ set }) => formatBlock(set)),
    verdict: 'unknown',
    why,
    candidates: [],
  };
  return [...noAddresses, ...decisions, rest];
}

/** Lines that would match a connection, or a part of its addresses, if an earlier line did not catch it first. */
export function shadowedLines(hba: ParsedHba, attempt: ConnectionAttempt, context: ServerContext): ShadowedLine[] {
  const { shadowed } = settle(hba, attempt, context, blocksOf(attempt.from).blocks);
  return groups(shadowed, ({ line, by }) => [line, by]).map((group) => {
    return { line: group[0]!.line, by: group[0]!.by, from: group.map(({ set }) => formatBlock(set)) };
  });
}
