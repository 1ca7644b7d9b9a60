/** An element as read: its children in order, its own text decoded. */
export type Element = { name: string; attributes: Record<string, string>; children: Element[]; text: string };

const token = /<\?xml [^?]*\?>|<(\/?)([a-z-]+)((?: [a-z]+="[^"<]*")*)(\/?)>|([^<]+)/gy;

/**
 * Reads the XML that JUnit reports are made of, and no more of XML than that: no comments, CDATA or DTD.
 *
 * @throws on anything that is not well-formed, or holds a character that XML 1.0 has no place for
 */
export function readXml(document: string): Element {
  if (/[^\t\n\r -\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(document))
    throw new Error('a character outside XML 1.0');
  const root: Element = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  token.lastIndex = 0;
  while (token.lastIndex < document.length) {
    const at = token.lastIndex;
    const match = token.exec(document);
    if (match === null) throw new Error(`not well-formed at ${document.slice(at, at + 60)}`);
    const [, closes, name, attributes = '', alone, text] = match;
    const current = open.at(-1);
    if (current === undefined) throw new Error('text after the root');
    if (text !== undefined) current.text += decoded(text);
    else if (name === undefined) continue;
    else if (closes === '/') {
      if (open.pop()?.name !== name) throw new Error(`</${name}> closes nothing`);
    } else {
      const element: Element = { name, attributes: attributesOf(attributes), children: [], text: '' };
      current.children.push(element);
      if (alone !== '/') open.push(element);
    }
  }
  const [only, ...others] = root.children;
  if (open.length !== 1 || only === undefined || others.length > 0) throw new Error('not one root');
  return only;
}

function attributesOf(text: string): Record<string, string> {
  const pairs = [...text.matchAll(/ ([a-z]+)="([^"]*)"/g)].map(
    ([, key = '', value = '']) => [key, decoded(value)] as const,
  );
  if (new Set(pairs.map(([key]) => key)).size < pairs.length) throw new Error('an attribute twice');
  return Object.fromEntries(pairs);
}

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"' };

function decoded(text: string): string {
  return text.replace(/&([a-z]*;?)/g, (_all, name: string) => {
    const sign = name.endsWith(';') ? entities[name.slice(0, -1)] : undefined;
    if (sign === undefined) throw new Error(`an ampersand that begins no entity: &${name}`);
    return sign;
  });
}
