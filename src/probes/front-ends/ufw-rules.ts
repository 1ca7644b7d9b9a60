import { Buffer } from 'node:buffer';
import { ruleKey } from './rule-line.ts';

/** A rule that was given to ufw, as its file keeps it: the comment line (`### tuple ###`), and the rules made of it. */
export type Tuple = {
  readonly line: number;
  readonly action: string;
  readonly protocol: string;
  readonly port: string;
  readonly target: string;
  readonly sourcePort: string;
  readonly source: string;
  /** The direction, with an interface where one was given: `in`, `in_eth0`. */
  readonly direction: string;
  /** The application profile that it was made from. */
  readonly application: string | undefined;
  readonly comment: string | undefined;
  readonly rules: readonly { readonly line: number; readonly text: string }[];
};

/** Reads `user.rules` or `user6.rules`. */
export function tuplesOf(text: string): Tuple[] {
  const tuples: (Tuple & { rules: { line: number; text: string }[] })[] = [];
  let open = false;
  for (const [index, raw] of text.split('\n').entries()) {
    const words = /^### tuple ### (.*)$/.exec(raw)?.[1]?.trim().split(/\s+/);
    if (raw.startsWith('### END RULES')) open = false;
    if (words !== undefined) {
      const comment = /^comment=([0-9a-f]*)$/.exec(words.at(-1) ?? '')?.[1];
      const [action = '', protocol = '', port = '', target = '', sourcePort = '', source = '', ...more] = words.filter(
        (word) => !word.startsWith('comment='),
      );
      const [profile, , direction = more[0] ?? 'in'] = more.length >= 3 ? more : [];
      tuples.push({
        line: index + 1,
        action,
        protocol,
        port,
        target,
        sourcePort,
        source,
        direction,
        application: profile,
        comment: comment === undefined ? undefined : Buffer.from(comment, 'hex').toString(),
        rules: [],
      });
      open = true;
    } else if (open && raw.startsWith('-A ')) tuples.at(-1)?.rules.push({ line: index + 1, text: raw });
  }
  return tuples;
}

/** The tuple that a rule of one of ufw's user chains was made from. */
export function tupleOf(tuples: readonly Tuple[], rule: string): Tuple | undefined {
  const key = ruleKey(rule);
  return tuples.find(({ rules }) => rules.some(({ text }) => ruleKey(text) === key));
}

/** The number that `ufw status numbered` gives to a tuple: those of one application profile count once. */
export function numberOf(tuples: readonly Tuple[], tuple: Tuple): number {
  const before = tuples.filter(({ line }) => line <= tuple.line);
  const named = (one: Tuple) => `${one.application} ${one.target} ${one.source} ${one.direction}`;
  return before.filter(
    (one, index) => one.application === undefined || before.findIndex((other) => named(other) === named(one)) === index,
  ).length;
}
