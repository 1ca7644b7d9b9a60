import { MODULES } from './iptables-matches.ts';
import { readTarget } from './iptables-targets.ts';
import { addressOption, interfaceIs } from './match-addresses.ts';
import { protocolOf } from './match-tcp.ts';
import type { Chain, Counters, Rule, SourceRef, Table } from './model.ts';
import { doubtful, NO_PROGRAM, unknownProgram, type Match, type Operation, type Program } from './program.ts';
import { readRule, splitWords, type Module, type Option, type RuleWords } from './rule-words.ts';
import { inverted, oneOrEvery } from './truth.ts';

/** One `-A` line; taken apart when it is first needed, once. */
export class IptablesRule implements Rule {
  readonly #source: string;
  readonly #line: number;
  readonly #text: string;
  readonly #offset: number;
  readonly #table: Table;
  readonly index: number;
  #program: Program | undefined;

  constructor(source: string, line: number, text: string, offset: number, table: Table, chain: Chain) {
    this.#source = source;
    this.#line = line;
    this.#text = text;
    this.#offset = offset;
    this.#table = table;
    this.index = chain.rules.length + 1;
  }

  get ref(): SourceRef {
    return { source: this.#source, line: this.#line, text: this.#text };
  }

  get counters(): Counters | undefined {
    const found = /^\[(\d+):(\d+)\]/.exec(this.#text) ?? / -c (\d+) (\d+)(?: |$)/.exec(this.#text);
    return found ? { packets: Number(found[1]), bytes: Number(found[2]) } : undefined;
  }

  /** The rule's words, or why they cannot be read. */
  words(): RuleWords | string {
    const words = splitWords(this.#text.slice(this.#offset));
    return words === undefined ? 'a quotation mark is not closed' : readRule(words);
  }

  get program(): Program {
    return (this.#program ??= this.#compile());
  }

  #compile(): Program {
    const words = this.words();
    if (typeof words === 'string') return unknownProgram(`the rule cannot be read: ${words}`);
    const action = this.#action(words);
    if (action.length === 0) return NO_PROGRAM;
    const matches = readMatches(words, this.#table, /legacy/.test(this.#source));
    if (matches === 'never') return NO_PROGRAM;
    return [...matches.map((match): Operation => ({ kind: 'match', match })), ...action];
  }

  #action({ target }: RuleWords): Program {
    if (target === undefined) return NO_PROGRAM;
    const { name, goto } = target;
    const builtIn = goto ? undefined : readTarget(name, target.options, this.#table.families[0] ?? 4);
    if (builtIn !== undefined) return builtIn;
    if (this.#table.chains.has(name))
      return [{ kind: 'verdict', verdict: { kind: goto ? 'goto' : 'jump', chain: name } }];
    if (name === 'NFQUEUE' || name === 'QUEUE') return unknownProgram('a program in user space decides (NFQUEUE)');
    return unknownProgram(
      goto ? `there is no chain ${name}` : `target ${name} is not known, and there is no chain of that name`,
    );
  }
}

const isTcp: Match = (packet) => packet.protocol === 'tcp';
const notTcp: Match = (packet) => packet.protocol !== 'tcp';

/** The rule's matches, those that fail most often first; `never` where one can be seen to fail for every TCP packet. */
function readMatches(words: RuleWords, table: Table, legacy: boolean): readonly Match[] | 'never' {
  const family = table.families[0] ?? 4;
  const matches: Match[] = [];
  if (words.fragment !== undefined && !words.fragment.not) return 'never';
  for (const which of ['source', 'destination'] as const) {
    for (const { text, not } of which === 'source' ? words.sources : words.destinations) {
      if (!not && (text === '0.0.0.0/0' || text === '::/0')) continue;
      const match = addressOption(which, text, family);
      matches.push(match === undefined ? doubtful(`the address ${text} cannot be read`) : inverted(match, not));
    }
  }
  if (words.protocol !== undefined) {
    const { text, not } = words.protocol;
    const protocol = protocolOf(text);
    if (protocol === undefined) matches.push(doubtful(`protocol ${text}`));
    else if ((protocol === 'other' && !not) || (protocol === 'all' && not)) return 'never';
    else if (protocol === 'tcp') matches.push(not ? notTcp : isTcp);
    else if (protocol !== 'other' && protocol !== 'all')
      matches.push((packet) => (packet.protocol === protocol) !== not);
  }
  if (words.inInterface)
    matches.push(inverted(interfaceIs('inInterface', words.inInterface.text), words.inInterface.not));
  if (words.outInterface)
    matches.push(inverted(interfaceIs('outInterface', words.outInterface.text), words.outInterface.not));
  for (const module of assign(words.modules)) matches.push(...readModule(module, family, legacy));
  return matches;
}

/** An option that its module does not know goes to the module of the same rule that does. */
function assign(modules: readonly Module[]): readonly Module[] {
  const knows = (name: string, option: string) => {
    const reader = MODULES[name];
    return (
      reader !== undefined &&
      ('options' in reader ? Object.hasOwn(reader.options, option) : reader.names.includes(option))
    );
  };
  if (modules.length < 2 || modules.every(({ name, options }) => options.every((option) => knows(name, option.name))))
    return modules;
  const result = modules.map(({ name }) => ({ name, options: [] as Option[] }));
  for (const [index, { name, options }] of modules.entries()) {
    for (const option of options) {
      const better = knows(name, option.name) ? -1 : modules.findIndex((other) => knows(other.name, option.name));
      result[better < 0 ? index : better]?.options.push(option);
    }
  }
  return result;
}

function readModule(module: Module, family: 4 | 6, legacy: boolean): Match[] {
  const reader = Object.hasOwn(MODULES, module.name) ? MODULES[module.name] : undefined;
  if (reader === undefined) {
    return OTHER_PROTOCOLS.has(module.name)
      ? [() => false]
      : [doubtful(`what "${spelled(module)}" matches cannot be known from here`)];
  }
  if ('whole' in reader) return [reader.whole(module, family) ?? doubtful(`"${spelled(module)}" cannot be read`)];
  const matches = module.options.map((option) => {
    const read = Object.hasOwn(reader.options, option.name) ? reader.options[option.name] : undefined;
    return read?.(option, family) ?? doubtful(`"${spelled({ name: module.name, options: [option] })}" cannot be read`);
  });
  const negated = legacy ? [] : module.options.flatMap((option, index) => (isNegatedPort(option) ? [index] : []));
  const [one, other] = negated.map((index) => matches[index]);
  if (negated.length !== 2 || one === undefined || other === undefined) return matches;
  return [...matches.filter((_, index) => !negated.includes(index)), bothPortsNegated([one, other])];
}

/** A single port, source or destination, behind `!`. */
function isNegatedPort({ name, not, args }: Option): boolean {
  return not && /^--(?:source-port|sport|destination-port|dport)$/.test(name) && args[0]?.includes(':') === false;
}

/**
 * `! --sport A ! --dport B` under iptables-nft: its release 1.8.9 loads both ports as one value and asks whether that one
 * differs, so that one port that differs is enough (seen with `nft --debug=netlink`); others ask for both.
 */
const bothPortsNegated = (ports: readonly Match[]): Match =>
  oneOrEvery(ports, 'some releases of iptables-nft read two negated ports as one pair');

const OTHER_PROTOCOLS = new Set(['udp', 'udplite', 'sctp', 'dccp', 'esp', 'ah', 'gre']);

function spelled({ name, options }: Module): string {
  const parts = options.map((option) => `${option.not ? '! ' : ''}${[option.name, ...option.args].join(' ')}`);
  return ['-m', name, ...parts].join(' ');
}
