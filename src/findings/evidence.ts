import type { Words } from './define.ts';
import { words } from './define.ts';

/** How an item is called and had, for the words of what is missing. */
type Missing = { item: string; detail: string; how: string };

/** The permission of IAM that a refusal of AWS names: `ec2:DescribeVpcs`. */
function permissionIn(detail: string): string | undefined {
  return /^((?:dms|ec2):[A-Za-z]+)\b/.exec(detail)?.[1];
}

const leftOut = words({
  status: 'skip',
  reason: 'left-out',
  title: 'Left out by --only or --skip',
  summary: () => 'left out by --only or --skip',
  detail: () => 'The verdict is of the layers in scope only.',
});

/** Codes that any layer can have: what its judgement rests on is not there, or is not understood. */
export const evidenceCodes = {
  EVD001: words<Missing>({
    status: 'unknown',
    title: 'What this layer rests on was not gathered',
    summary: ({ item }) => `${item} was not gathered`,
    detail: ({ item, detail, how }) => `Without ${item} this layer cannot be judged (${detail}). To get it: ${how}.`,
  }),
  EVD002: words<Missing>({
    status: 'unknown',
    title: 'What this layer rests on may not be read',
    summary: ({ item, detail }) => {
      const action = permissionIn(detail);
      return action === undefined
        ? `${item} could not be read: permission denied`
        : `the permission ${action} is missing`;
    },
    detail: ({ item, detail, how }) => {
      const action = permissionIn(detail);
      const get =
        action === undefined ? `To get it: ${how}.` : `Allow ${action} (docs/permissions.md has the least policy).`;
      return `Reading ${item} was denied: ${detail}${/[.!]$/.test(detail) ? '' : '.'} ${get}`;
    },
  }),
  EVD003: words<Missing>({
    status: 'unknown',
    title: 'Gathering what this layer rests on took too long',
    summary: ({ item }) => `${item} was not had in time`,
    detail: ({ item, detail, how }) => `Gathering ${item} ran into its deadline: ${detail}. To get it: ${how}.`,
  }),
  EVD004: words<Missing>({
    status: 'unknown',
    title: 'What this layer rests on is damaged',
    summary: ({ item, detail }) => `${item} is damaged: ${detail}`,
    detail: ({ item, how }) =>
      `${item} is not what was recorded, so nothing is concluded from it, and the path cannot be called open. Gather it again: ${how}.`,
  }),
  EVD005: words<Missing>({
    status: 'unknown',
    title: 'What this layer rests on is not understood',
    summary: ({ item, detail }) => `${item} is not understood: ${detail}`,
    detail: ({ item, how }) =>
      `${item} is there, but this version of dms-doctor cannot read it for certain, and does not guess. It should come from: ${how}.`,
  }),
  EVD006: words<{ message: string }>({
    status: 'unknown',
    title: 'The probe of this layer failed',
    summary: ({ message }) => `could not look: ${message}`,
    detail: () =>
      'This is a fault of dms-doctor, not of the path. The other layers are not affected. Please report it with the bundle (--debug prints the stack).',
  }),
  EVD007: words<{ fact: string; option: string }>({
    status: 'unknown',
    title: 'The connection to judge is not known',
    summary: ({ fact, option }) => `${fact} is not known: neither ${option} nor bundle.json (flow) says it`,
    detail: ({ fact, option }) =>
      `This layer depends on ${fact}. Give ${option}, or name it under "flow" in bundle.json.`,
  }),
  EVD008: words<{ item: string; why: string }>({
    status: 'skip',
    reason: 'not-installed',
    title: 'Not installed on this host',
    summary: ({ why }) => why,
    detail: ({ item }) => `${item} says so.`,
  }),
  EVD010: words<{ item: string; detail: string; more: number }>({
    status: 'unknown',
    title: 'The bundle is not whole',
    summary: ({ item, detail, more }) =>
      more === 0
        ? `${item} is damaged: ${detail}`
        : `${more + 1} recorded items are damaged, ${item} among them: ${detail}`,
    detail: () =>
      'No verdict rests on them, but a bundle that was cut or changed is not the one that was gathered, and the path cannot be called open by it. Gather it again.',
  }),
  EVD009: leftOut,
  EVD013: words<{ name: string }>({
    status: 'skip',
    reason: 'not-on-path',
    title: 'This layer belongs to a source, and the endpoint is a target',
    summary: ({ name }) => `${name} is a target: this belongs to a source`,
    detail: () =>
      'DMS writes into a target with plain SQL: it decodes nothing there, holds no slot and needs no WAL of it.',
  }),
  EVD012: words<{ at: string }>({
    status: 'pass',
    title: 'DMS’s own connection test of this run got through',
    summary: ({ at }) => `DMS’s own test got through at ${at}`,
    detail: () =>
      'What this layer rests on was not had, but the replication instance’s own test of this run got past it. It shows that one connection passed, from the address that is judged.',
  }),
  EVD011: words<{ host: string }>({
    status: 'skip',
    reason: 'not-on-path',
    title: 'The host is AWS’s own',
    summary: ({ host }) => `${host} is RDS or Aurora: its host is AWS’s`,
    detail: () =>
      'RDS and Aurora let nobody look at or change the host: security groups stand in the place of its firewall, and the listener is theirs.',
  }),
} as const satisfies Record<`EVD${number}`, Words<never>>;
