/** A run of text; `code` where it stood between two backticks. */
type Span = { readonly code: boolean; readonly text: string };

/** Splits prose into words and what is written in backticks. A backtick without a second one is text. */
export function codeSpans(text: string): Span[] {
  const parts = text.split('`');
  const paired = parts.length - (parts.length % 2 === 0 ? 1 : 0);
  return parts.map((part, index) =>
    index % 2 === 1 && index < paired
      ? { code: true, text: part }
      : { code: false, text: (index >= paired ? '`' : '') + part },
  );
}
