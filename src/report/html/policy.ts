import { copying } from './copying.ts';
import { looks } from './looks.ts';

/** The hash by which a Content Security Policy knows one inline text (https://www.w3.org/TR/CSP3/#match-element-to-source-list). */
async function hashOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return `'sha256-${btoa(String.fromCodePoint(...new Uint8Array(digest)))}'`;
}

/**
 * The page's policy: its own style, its own script, and nothing else. Whatever else an escaped text might become, it
 * loads nothing, sends nothing and runs nothing.
 */
export async function policy(): Promise<string> {
  const [style, script] = await Promise.all([hashOf(looks), hashOf(copying)]);
  return `default-src 'none'; style-src ${style}; script-src ${script}; base-uri 'none'; form-action 'none'`;
}
