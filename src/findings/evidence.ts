import type { Words } from './define.ts';
import { words } from './define.ts';

/** How an item is called and had, for the words of what is missing. */
type Missing = { item: string; detail: string; how: string };

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
    summary: ({ item }) => `${item} could not be read: permission denied`,
    detail: ({ item, detail, how }) => `Reading ${item} was denied: ${detail}. To get it: ${how}.`,
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
} as const satisfies Record<`EVD${number}`, Words<never>>;
