import { codeSpans } from '../code-spans.ts';
import { plain } from '../plain.ts';

/** HTML that is safe to print. Only {@link markup} and {@link joined} make it, so that no text gets in unescaped. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** What may stand in a template: text is escaped, markup stands as it is, `undefined` is nothing. */
type Value = Markup | string | number | undefined | readonly Value[];

/** A template of HTML. Text in it, also in a quoted attribute, is escaped and stripped of what cannot be seen. */
export function markup(parts: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return new Markup(parts.map((part, index) => part + written(values[index])).join(''));
}

/** Markup with something between its pieces. */
export function joined(pieces: readonly Markup[], between: Markup | string): Markup {
  return new Markup(pieces.map(({ text }) => text).join(written(between)));
}

/** Prose: what stands between backticks becomes code. */
export function prose(text: string): Markup[] {
  return codeSpans(plain(text)).map((span) => (span.code ? markup`<code>${span.text}</code>` : markup`${span.text}`));
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function written(value: Value): string {
  if (value === undefined) return '';
  if (value instanceof Markup) return value.text;
  if (typeof value === 'object') return value.map(written).join('');
  return plain(String(value)).replace(/[&<>"']/g, (sign) => entities[sign] ?? sign);
}
