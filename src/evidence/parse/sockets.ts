import { NotUnderstood } from '../item.ts';

/**
 * A listening TCP socket. `address` is `*` for every address of both families, `0.0.0.0` for all of IPv4, `::` for all of
 * IPv6; `perhapsBoth`: whether that `::` takes IPv4, too, does not stand there.
 */
export type Socket = {
  readonly line: number;
  readonly text: string;
  readonly address: string;
  readonly perhapsBoth?: true;
  readonly port: number;
  readonly process: string | undefined;
  readonly pids: readonly number[];
};

/** `host/ss.txt` (`ss -ltnp`) or `host/netstat.txt` (`netstat -ltnp`): listening TCP sockets with their processes. */
export function parseSockets(text: string): Socket[] {
  const lines = text.split('\n');
  if (!lines.some((line) => /Local Address/i.test(line)))
    throw new NotUnderstood('has not the head line of ss or netstat');
  const isOld = isOfOldSs(text);
  return lines.flatMap((line, index) => {
    const words = line.trim().split(/\s+/);
    if (words[0] !== 'LISTEN' && !/\bLISTEN\b/.test(line)) return [];
    const local = words[3] ?? '';
    const colon = local.lastIndexOf(':');
    const port = Number(local.slice(colon + 1));
    if (colon < 0 || !Number.isInteger(port)) return [];
    // Before 3.19 ss wrote ("postgres",1234,3).
    const pids = [...line.matchAll(/pid=(\d{1,10})|\("[^"]{0,64}",(\d{1,10}),\d{1,10}\)/g)].map(([, now, old]) =>
      Number(now ?? old),
    );
    const netstat = /LISTEN\s+(\d+)\/(\S+)/.exec(line);
    if (netstat) pids.push(Number(netstat[1]));
    const process = /\(\("([^"]{0,64})"/.exec(line)?.[1] ?? netstat?.[2];
    const where = listening(local.slice(0, colon), line, isOld, process);
    return [{ line: index + 1, text: line, ...where, port, process, pids }];
  });
}

/**
 * Which addresses a socket takes, by how each tool writes it. PostgreSQL makes every IPv6 socket one of IPv6 alone
 * (`pqcomm.c`: IPV6_V6ONLY), so that of its own nothing is open.
 */
function listening(local: string, line: string, isOld: boolean, process: string | undefined) {
  const address = local.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  if (isOld && address === '*' && line.includes(' *:*')) return { address: '0.0.0.0' };
  // Told by the kernel over netlink; from /proc, ss writes `*` for both kinds, and shows details (sk:) without this one.
  const isTold = /\bv6only:0\b/.test(line) || (address === '*' && !/\bsk:/.test(line));
  if (isTold) return { address: '*' };
  if (address !== '*' && (address !== '::' || local.startsWith('['))) return { address };
  return /^(?:edb-)?(?:postgres|postmaster)$/.test(process ?? '')
    ? { address: '::' }
    : { address: '::', perhapsBoth: true as const };
}

/** Whether an ss of before 3.19 wrote this, whose `*` stands for all of IPv4 and `:::` for all of IPv6. */
function isOfOldSs(text: string): boolean {
  const isNew = /Process|^LISTEN.* (?:0\.0\.0\.0|\[)/m.test(text);
  return !isNew && /\("[^"]{0,64}",\d{1,10},\d{1,10}\)| :::\*/.test(text);
}
