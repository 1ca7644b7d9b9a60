/** A rule's words, and the places of those that stood in quotes: they are never options. */
export type Words = { readonly words: readonly string[]; readonly quoted?: ReadonlySet<number> };

/**
 * Splits a rule as iptables-restore does: blanks separate, double quotes hold together, a backslash takes the next
 * character as it is. Returns undefined for a quote that is never closed. Linear.
 */
export function splitWords(line: string): Words | undefined {
  if (!line.includes('"') && !line.includes('\\')) {
    const words = line.split(' ');
    const plain = words.includes('') || line.includes('\t') || line.includes('\r');
    return { words: plain ? line.split(/[ \t\r]+/).filter((text) => text !== '') : words };
  }
  const words: string[] = [];
  const quoted = new Set<number>();
  let text = '';
  let open = false;
  let started = false;
  const finish = () => {
    if (started) words.push(text);
    text = '';
    started = false;
  };
  for (let i = 0; i < line.length; i++) {
    const char = line[i] as string;
    if (char === '\\' && open && i + 1 < line.length) {
      text += line[++i];
    } else if (char === '"') {
      open = !open;
      quoted.add(words.length);
      started = true;
    } else if (!open && (char === ' ' || char === '\t' || char === '\r')) finish();
    else {
      text += char;
      started = true;
    }
  }
  finish();
  return open ? undefined : { words, quoted };
}

/** An option of a match or target module with its arguments; `not` for `!` before it (or, in old spelling, after it). */
export type Option = { readonly name: string; readonly not: boolean; readonly args: readonly string[] };
export type Module = { readonly name: string; readonly options: readonly Option[] };
type Value = { readonly text: string; readonly not: boolean };

/** A rule taken apart, nothing interpreted yet. */
export type RuleWords = {
  readonly protocol?: Value;
  readonly sources: readonly Value[];
  readonly destinations: readonly Value[];
  readonly inInterface?: Value;
  readonly outInterface?: Value;
  readonly fragment?: { readonly not: boolean };
  readonly modules: readonly Module[];
  readonly target?: { readonly name: string; readonly goto: boolean; readonly options: readonly Option[] };
};

const GENERAL: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '-p': 'protocol',
    '--protocol': 'protocol',
    '--proto': 'protocol',
    '-s': 'source',
    '--source': 'source',
    '--src': 'source',
    '-d': 'destination',
    '--destination': 'destination',
    '--dst': 'destination',
    '-i': 'in',
    '--in-interface': 'in',
    '-o': 'out',
    '--out-interface': 'out',
    '-f': 'fragment',
    '--fragment': 'fragment',
    '-m': 'match',
    '--match': 'match',
    '-j': 'jump',
    '--jump': 'jump',
    '-g': 'goto',
    '--goto': 'goto',
    '-c': 'counters',
    '--set-counters': 'counters',
    '-4': 'ipv4',
    '--ipv4': 'ipv4',
    '-6': 'ipv6',
    '--ipv6': 'ipv6',
    '-w': 'wait',
  }),
);

const DASH = 45;

/** Options start with a dash; a number may, too. */
function looksLikeOption(word: string): boolean {
  if (word.charCodeAt(0) !== DASH || word.length < 2) return false;
  const second = word.charCodeAt(1);
  return second < 48 || second > 57;
}

/**
 * Takes a rule apart (the words after `-A CHAIN`).
 * @returns the parts, or why it cannot be read.
 */
export function readRule({ words, quoted }: Words): RuleWords | string {
  const isOption = (at: number) => at < words.length && looksLikeOption(words[at] as string) && !quoted?.has(at);
  const isNot = (at: number) => words[at] === '!' && !quoted?.has(at);
  const modules: { name: string; options: Option[] }[] = [];
  const sources: Value[] = [];
  const destinations: Value[] = [];
  const rule: { -readonly [K in keyof RuleWords]: RuleWords[K] } = { sources, destinations, modules };
  let targetOptions: Option[] | undefined;
  let not = false;
  for (let i = 0; i < words.length;) {
    const at = i++;
    const word = words[at] as string;
    if (isNot(at)) {
      not = true;
      continue;
    }
    if (!isOption(at)) return `unexpected word "${word}"`;
    const general = GENERAL.get(word);
    const args: string[] = [];
    let negated = not;
    not = false;
    if (isNot(i) && i + 1 < words.length && !isOption(i + 1)) {
      negated = true;
      i++;
    }
    const wanted = general === undefined ? Infinity : general === 'counters' ? 2 : TAKES_NONE.has(general) ? 0 : 1;
    while (args.length < wanted && i < words.length && !isOption(i) && !isNot(i)) args.push(words[i++] as string);
    if (general === undefined) {
      const option = { name: word, not: negated, args };
      if (targetOptions !== undefined) targetOptions.push(option);
      else if (modules.length > 0) (modules[modules.length - 1] as { options: Option[] }).options.push(option);
      else if (rule.protocol !== undefined)
        modules.push({ name: rule.protocol.text === '6' ? 'tcp' : rule.protocol.text, options: [option] });
      else return `option ${word} belongs to no match`;
      continue;
    }
    if (args.length < wanted) return `${word} without a value`;
    const value = { text: args[0] ?? '', not: negated };
    if (general === 'protocol') rule.protocol = value;
    else if (general === 'source') sources.push(value);
    else if (general === 'destination') destinations.push(value);
    else if (general === 'in') rule.inInterface = value;
    else if (general === 'out') rule.outInterface = value;
    else if (general === 'fragment') rule.fragment = { not: negated };
    else if (general === 'match') {
      modules.push({ name: value.text, options: [] });
    } else if (general === 'jump' || general === 'goto') {
      if (rule.target !== undefined) return 'two targets';
      targetOptions = [];
      rule.target = { name: value.text, goto: general === 'goto', options: targetOptions };
    }
  }
  return not ? 'a "!" without an option after it' : rule;
}

const TAKES_NONE = new Set(['fragment', 'ipv4', 'ipv6', 'wait']);
