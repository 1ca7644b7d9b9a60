import { UsageError } from './usage.ts';

/** Reads `--from`. @throws {@link UsageError} where one is no address and no CIDR */
export async function addresses(texts: readonly string[]): Promise<readonly string[]> {
  const { isAddressOrCidr } = await import('../address.ts');
  for (const text of texts) if (!isAddressOrCidr(text)) throw new UsageError(`--from ${text}: not an address or CIDR`);
  return texts;
}

/** Reads `--port`. @throws {@link UsageError} where it is no port */
export function portOf(text: string | undefined): number | undefined {
  const port = text === undefined ? undefined : Number(text);
  if (port !== undefined && (!Number.isInteger(port) || port < 1 || port > 65535))
    throw new UsageError(`--port ${text}: a port is a number from 1 to 65535`);
  return port;
}

/** Milliseconds of a duration as `30s`, `10m`, `24h` or `2d`. @throws {@link UsageError} where it is none */
export function durationOf(option: string, text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,6})(s|m|h|d)$/.exec(text) ?? [];
  const seconds = { s: 1, m: 60, h: 3600, d: 86_400 }[unit];
  if (seconds === undefined) throw new UsageError(`${option} ${text}: write a duration as 30s, 10m, 24h or 2d`);
  return Number(count) * seconds * 1000;
}
