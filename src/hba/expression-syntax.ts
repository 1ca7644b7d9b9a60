/** A set of ASCII characters by code, and whether it is the characters *not* among them. */
export type CharacterSet = { readonly codes: ReadonlySet<number>; readonly negated: boolean };

/** What an expression is made of. */
export type ExpressionNode =
  | { readonly kind: 'characters'; readonly set: CharacterSet }
  | { readonly kind: 'start' | 'end' }
  | { readonly kind: 'sequence' | 'choice'; readonly nodes: readonly ExpressionNode[] }
  | { readonly kind: 'repeat'; readonly node: ExpressionNode; readonly least: number; readonly most: number };

/**
 * A PostgreSQL advanced regular expression. Only what is common to every regular expression is evaluated (literals, `.`, brackets,
 * groups, `|`, quantifiers, `^`, `$` and the classes `\d \w \s`), by automaton and in linear time; the rest is `unsure`.
 */
export type AdvancedExpression =
  | { readonly kind: 'understood'; readonly root: ExpressionNode }
  /** The server's own words: it refuses the expression. */
  | { readonly kind: 'invalid'; readonly error: string }
  | { readonly kind: 'unsure'; readonly why: string };

class Invalid extends Error {}
/** Thrown where it cannot be said what the server would do; never seen outside of these two files. */
export class Unsure extends Error {}

const codesOf = (text: string): Set<number> => new Set(Array.from(text, (character) => character.charCodeAt(0)));
const codesBetween = (from: number, to: number): Set<number> =>
  new Set(Array.from({ length: to - from + 1 }, (_, index) => from + index));

const lower = codesBetween(0x61, 0x7a);
const upper = codesBetween(0x41, 0x5a);
const digit = codesBetween(0x30, 0x39);
const space = codesOf(' \t\n\v\f\r');
const alpha = new Set([...lower, ...upper]);
const alnum = new Set([...alpha, ...digit]);
const word = new Set([...alnum, 0x5f]);
const classes: Readonly<Record<string, ReadonlySet<number>>> = { alpha, upper, lower, digit, alnum, space };
const escapedClasses: Readonly<Record<string, ReadonlySet<number>>> = { d: digit, w: word, s: space };

const mostRepetitions = 255;

/** Recursive descent over the common part of the syntax; server's errors as in src/include/regex/regerrs.h. */
class ExpressionParser {
  #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): ExpressionNode {
    const node = this.#choice();
    if (this.#at < this.#text.length) throw new Invalid('parentheses () not balanced');
    return node;
  }

  #choice(): ExpressionNode {
    if (++this.#depth > 50) throw new Unsure('parentheses nested more than 50 deep');
    const nodes = [this.#sequence()];
    while (this.#text[this.#at] === '|') {
      this.#at++;
      nodes.push(this.#sequence());
    }
    this.#depth--;
    return nodes.length === 1 ? nodes[0]! : { kind: 'choice', nodes };
  }

  #sequence(): ExpressionNode {
    const nodes: ExpressionNode[] = [];
    for (
      let next = this.#text[this.#at];
      next !== undefined && next !== '|' && next !== ')';
      next = this.#text[this.#at]
    ) {
      nodes.push(this.#piece(next));
    }
    return { kind: 'sequence', nodes };
  }

  #piece(next: string): ExpressionNode {
    this.#at++;
    if (next === '^') return { kind: 'start' };
    if (next === '$') return { kind: 'end' };
    if (next === '*' || next === '+' || next === '?' || (next === '{' && /[0-9]/.test(this.#text[this.#at] ?? ''))) {
      throw new Invalid('quantifier operand invalid');
    }
    const atom = this.#atom(next);
    return atom.kind === 'start' || atom.kind === 'end' ? atom : this.#quantified(atom);
  }

  #atom(next: string): ExpressionNode {
    switch (next) {
      case '(':
        return this.#group();
      case '[':
        return { kind: 'characters', set: this.#bracket() };
      case '\\':
        return this.#escape();
      case '{':
        throw new Unsure('a brace that begins no repetition count');
      case '.':
        return { kind: 'characters', set: { codes: new Set(), negated: true } };
      default:
        return { kind: 'characters', set: { codes: codesOf(next), negated: false } };
    }
  }

  #group(): ExpressionNode {
    if (this.#text[this.#at] === '?') {
      if (this.#text[this.#at + 1] !== ':') throw new Unsure('a group that begins with "(?"');
      this.#at += 2;
    }
    const node = this.#choice();
    if (this.#text[this.#at] !== ')') throw new Invalid('parentheses () not balanced');
    this.#at++;
    return node;
  }

  #escape(): ExpressionNode {
    const escaped = this.#text[this.#at++];
    if (escaped === undefined) throw new Invalid('invalid escape \\ sequence');
    if (escaped === 'A') return { kind: 'start' };
    if (escaped === 'Z') return { kind: 'end' };
    if (!/[A-Za-z0-9]/.test(escaped)) return { kind: 'characters', set: { codes: codesOf(escaped), negated: false } };
    const codes = escapedClasses[escaped.toLowerCase()];
    if (!codes) throw this.#otherEscape(escaped);
    return { kind: 'characters', set: { codes, negated: escaped !== escaped.toLowerCase() } };
  }

  /** Escapes that exist but are not evaluated here, or do not exist (src/backend/regex/regc_lex.c `lexescape`). */
  #otherEscape(escaped: string): Error {
    const known = /[abBcefnrtuUvxmMyY0-9]/.test(escaped);
    return known ? new Unsure(`the escape "\\${escaped}"`) : new Invalid('invalid escape \\ sequence');
  }

  #bracket(): CharacterSet {
    const negated = this.#text[this.#at] === '^';
    if (negated) this.#at++;
    const codes = new Set<number>();
    for (let first = true; first || this.#text[this.#at] !== ']'; first = false) {
      if (!first) this.#refuseStrayHyphen();
      const from = this.#bracketMember();
      if (typeof from !== 'number') {
        for (const code of from) codes.add(code);
        if (this.#text[this.#at] === '-' && this.#text[this.#at + 1] !== ']') throw new Unsure('a range from a class');
        continue;
      }
      let to = from;
      if (this.#text[this.#at] === '-' && this.#text[this.#at + 1] !== ']') {
        this.#at++;
        const end = this.#bracketMember();
        if (typeof end !== 'number') throw new Unsure('a range to a class');
        to = end;
      }
      if (to < from) throw this.#reversedRange();
      for (let code = from; code <= to; code++) codes.add(code);
    }
    this.#at++;
    return { codes, negated };
  }

  /** A hyphen stands for itself only as the first or last character, or as the end of a range. */
  #refuseStrayHyphen(): void {
    if (this.#text[this.#at] !== '-' || this.#text[this.#at + 1] === ']') return;
    const last = this.#at + 1 === this.#text.length;
    throw new Invalid(last ? 'brackets [] not balanced' : 'invalid character range');
  }

  /** The server reads one token further before it compares the ends of a range, and may stumble over that. */
  #reversedRange(): Error {
    const next = this.#text[this.#at];
    if (next === undefined) return new Invalid('brackets [] not balanced');
    return next === '[' || next === '\\' ? new Unsure('a reversed range') : new Invalid('invalid character range');
  }

  /** One character of a bracket expression by its code, or the codes of a class. */
  #bracketMember(): number | ReadonlySet<number> {
    const next = this.#text[this.#at++];
    if (next === undefined) throw new Invalid('brackets [] not balanced');
    if (next === '[' && /[.=:]/.test(this.#text[this.#at] ?? '')) {
      const named = /^\[:([a-z]{1,10}):\]/.exec(this.#text.slice(this.#at - 1, this.#at + 14));
      const codes = named && classes[named[1]!];
      if (!named || !codes) throw new Unsure('a collating element, equivalence class or unusual class');
      this.#at += named[0].length - 1;
      return codes;
    }
    if (next !== '\\') return next.charCodeAt(0);
    const escaped = this.#text[this.#at++];
    if (escaped === undefined) throw new Unsure('an escape that ends the expression');
    if (!/[A-Za-z0-9]/.test(escaped)) return escaped.charCodeAt(0);
    const codes = escapedClasses[escaped];
    if (!codes) throw new Unsure(`the escape "\\${escaped}" in brackets`);
    return codes;
  }

  #quantified(node: ExpressionNode): ExpressionNode {
    const bounds = this.#bounds();
    if (!bounds) return node;
    if (this.#text[this.#at] === '?') this.#at++;
    return { kind: 'repeat', node, ...bounds };
  }

  #bounds(): { least: number; most: number } | undefined {
    const next = this.#text[this.#at];
    if (next === '*' || next === '+' || next === '?') {
      this.#at++;
      return { least: next === '+' ? 1 : 0, most: next === '?' ? 1 : Infinity };
    }
    if (next !== '{') return undefined;
    const count = /^\{([0-9]{1,3})(,([0-9]{0,3}))?/.exec(this.#text.slice(this.#at, this.#at + 9));
    if (!count) throw new Unsure('a brace that is no repetition count');
    this.#at += count[0].length;
    const closing = this.#text[this.#at++];
    if (closing === undefined) throw new Invalid('braces {} not balanced');
    if (closing !== '}') throw new Unsure('a repetition count of other characters');
    const least = Number(count[1]);
    const most = count[2] === undefined ? least : count[3] === '' ? Infinity : Number(count[3]);
    if (least > mostRepetitions || (most !== Infinity && most > mostRepetitions) || least > most) {
      throw new Invalid('invalid repetition count(s)');
    }
    return { least, most };
  }
}

/** Printable ASCII: beyond it the server's and our ideas of a character may differ. */
export const plainText = /^[\x20-\x7e]*$/;

/**
 * Reads an advanced regular expression as `pg_regcomp` with `REG_ADVANCED` and the C collation.
 * @param text what follows the slash
 */
export function parseExpression(text: string): AdvancedExpression {
  if (!plainText.test(text)) return { kind: 'unsure', why: 'characters beyond ASCII in a regular expression' };
  if (text.startsWith('***')) return { kind: 'unsure', why: 'a regular expression that begins with "***"' };
  try {
    return { kind: 'understood', root: new ExpressionParser(text).whole() };
  } catch (error) {
    if (error instanceof Invalid) return { kind: 'invalid', error: error.message };
    if (error instanceof Unsure) return { kind: 'unsure', why: `${error.message} in a regular expression` };
    throw error;
  }
}
