import type { Chain, Owner, Rule, Ruleset, SourceRef, Table } from './model.ts';

/** Why a front end is held to be present: the first line that shows it. */
export type Evidence = SourceRef & { readonly why: string };

type Sign = { readonly owner: Owner; readonly chain: RegExp };

/** Names that only one front end gives to its chains. */
const SIGNS: readonly Sign[] = [
  { owner: 'ufw', chain: /^ufw6?-/ },
  { owner: 'docker', chain: /^DOCKER(-|$)/ },
  { owner: 'fail2ban', chain: /^(f2b|fail2ban)-/ },
  { owner: 'kubernetes', chain: /^(KUBE-|cali-|CILIUM_|FLANNEL-|CNI-)/ },
  {
    owner: 'firewalld',
    chain:
      /^((INPUT|FORWARD|OUTPUT|PREROUTING|POSTROUTING)_(direct|ZONES|ZONES_SOURCE)|(IN|FWDI|FWDO|PRE|POST)_\w+|filter_(IN|FWDI|FWDO|FWD)_\w+)$/,
  },
  {
    owner: 'csf',
    chain:
      /^(LOCALINPUT|LOCALOUTPUT|ALLOWIN|ALLOWOUT|DENYIN|DENYOUT|G?(ALLOW|DENY)(IN|OUT)|CC_(ALLOW|DENY)\w*|LOGDROP(IN|OUT)|INV(ALID|DROP)|SYNFLOOD|PORTFLOOD|CONNLIMIT|BLOCKDROP|SPAMHAUS|DSHIELD)$/,
  },
  { owner: 'shorewall', chain: /^(shorewall|sha-[lr]h-.*)$/ },
];

/** Names that shorewall gives to its chains; they say nothing where shorewall does not run. */
const SHOREWALL_CHAINS =
  /^(dynamic|smurfs|smurflog|tcpflags|logflags|logdrop|logreject|logaccept|reject|Reject|Drop|Broadcast|Multicast|blacklst|blacklist|~.*|@.*|%.*|sfilter\d*|.*_(in|out|fwd|frwd|iop|fop|oop|mac|rec|dnat|masq|scan|dynf|dynfwd|dyni|input|output|forward)|\S+(-|2)\S+)$/;

const BUILT_IN = new Set(['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING']);

function signOf(chain: string): Owner | undefined {
  return SIGNS.find((sign) => sign.chain.test(chain))?.owner;
}

function tableOwner(table: Table): Owner | undefined {
  if (table.name.startsWith('firewalld')) return 'firewalld';
  if (table.name.startsWith('f2b-')) return 'fail2ban';
  if (/^(kube-proxy|kube-|cali)/.test(table.name)) return 'kubernetes';
  if (table.name.startsWith('docker')) return 'docker';
  return table.name === 'shorewall' ? 'shorewall' : undefined;
}

/** The front ends that have chains in the rules, each with the line that shows it. */
export function ownersPresent(rulesets: readonly Ruleset[]): Map<Owner, Evidence> {
  const present = new Map<Owner, Evidence>();
  for (const ruleset of rulesets) {
    for (const table of ruleset.tables) {
      for (const chain of table.chains.values()) {
        const owner = tableOwner(table) ?? signOf(chain.name);
        if (owner === undefined || present.has(owner)) continue;
        const at = chain.declared ?? chain.rules[0]?.ref ?? { source: ruleset.source, line: 1, text: '' };
        present.set(owner, { ...at, why: `chain ${chain.name} in table ${table.name}` });
      }
    }
  }
  return present;
}

const FRONT_ENDS: readonly Owner[] = ['shorewall', 'ufw', 'csf', 'firewalld'];

/** The front end that sets the policies of a ruleset's built-in chains, or `hand`. */
function policyOwner(ruleset: Ruleset, table: Table): Owner {
  const own = tableOwner(table);
  if (own !== undefined) return own;
  const present = ownersIn(ruleset);
  return FRONT_ENDS.find((owner) => present.has(owner)) ?? 'hand';
}

/** Whether a front end has chains in a ruleset. */
export function isPresent(ruleset: Ruleset, owner: Owner): boolean {
  return ownersIn(ruleset).has(owner);
}

const known = new WeakMap<Ruleset, Set<Owner>>();
function ownersIn(ruleset: Ruleset): Set<Owner> {
  let owners = known.get(ruleset);
  if (owners === undefined) known.set(ruleset, (owners = new Set(ownersPresent([ruleset]).keys())));
  return owners;
}

/** What a rule that calls no chain of theirs tells of docker (its bridges) and of fail2ban (its sets). */
const RULE_SIGNS: readonly { readonly owner: Owner; readonly rule: RegExp }[] = [
  { owner: 'fail2ban', rule: / --match-set (?:f2b|fail2ban)-/ },
  { owner: 'docker', rule: / -[io] (?:docker0|docker_gwbridge|br-[0-9a-f]{12}) / },
];

function ruleSign(ruleset: Ruleset, { ref }: Rule): Owner | undefined {
  const owner = RULE_SIGNS.find(({ rule }) => rule.test(ref.text))?.owner;
  return owner === 'docker' && !ownersIn(ruleset).has('docker') ? undefined : owner;
}

/**
 * Who wrote a chain, or one rule of it. In a built-in chain a rule belongs to the front end whose chain it calls, or whose
 * bridge or set it names; of the others those up to shorewall's last rule there are its own, and those after it a hand's.
 */
export function ownerOf(ruleset: Ruleset, table: Table, chain: Chain, rule: Rule | undefined): Owner {
  const own = tableOwner(table) ?? signOf(chain.name);
  if (own !== undefined) return own;
  if (chain.base === undefined && !BUILT_IN.has(chain.name)) {
    return ownersIn(ruleset).has('shorewall') && SHOREWALL_CHAINS.test(chain.name) ? 'shorewall' : 'hand';
  }
  if (rule === undefined) return policyOwner(ruleset, table);
  const called = calledBy(rule);
  if (called !== undefined && table.chains.has(called)) {
    return (
      signOf(called) ?? (ownersIn(ruleset).has('shorewall') && SHOREWALL_CHAINS.test(called) ? 'shorewall' : 'hand')
    );
  }
  const named = ruleSign(ruleset, rule);
  if (named !== undefined) return named;
  return ownersIn(ruleset).has('shorewall') && rule.index <= lastOfShorewall(chain, table) ? 'shorewall' : 'hand';
}

function calledBy(rule: Rule): string | undefined {
  for (const operation of rule.program) {
    if (operation.kind === 'verdict' && (operation.verdict.kind === 'jump' || operation.verdict.kind === 'goto')) {
      return operation.verdict.chain;
    }
  }
  return undefined;
}

const lasts = new WeakMap<Chain, number>();
/** Shorewall ends each built-in chain with its policy: a call of `reject`, or DROP or REJECT of everything that is left. */
function lastOfShorewall(chain: Chain, table: Table): number {
  let last = lasts.get(chain);
  if (last === undefined) lasts.set(chain, (last = findLastOfShorewall(chain, table)));
  return last;
}

function findLastOfShorewall(chain: Chain, table: Table): number {
  let last = 0;
  for (const rule of chain.rules) {
    const called = calledBy(rule);
    if (
      called !== undefined &&
      table.chains.has(called) &&
      signOf(called) === undefined &&
      SHOREWALL_CHAINS.test(called)
    )
      last = rule.index;
    const only = rule.program.length === 1 ? rule.program[0] : undefined;
    if (only?.kind === 'verdict' && (only.verdict.kind === 'drop' || only.verdict.kind === 'reject')) return rule.index;
  }
  return last;
}
