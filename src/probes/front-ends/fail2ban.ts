import { isItem } from '../../evidence/item.ts';
import type { EvidenceLine, Fix, Patch } from '../../finding.ts';
import { command } from '../wording.ts';
import { ruleText, type Decided } from './block.ts';

/** A ban of fail2ban: the jail, and what would no longer be there without it. */
export type Ban = { readonly jail: string; readonly addresses: readonly string[]; readonly patches: readonly Patch[] };

/** Jails' names are those of their chains and sets: `f2b-sshd`, `f2b-sshd6`, `addr-set-sshd`, in old versions `fail2ban-ssh`. */
const jailOf = (name: string): string | undefined => /^(?:f2b|fail2ban|addr6?-set)-(.+?)$/.exec(name)?.[1];

/** The jail's line in what `fail2ban-client status` printed. */
export function fail2banLines({ e }: Decided): EvidenceLine[] {
  return isItem(e.entry('host/fail2ban.txt')) ? [e.cite('host/fail2ban.txt', jailList(e))] : [];
}

function jailList(e: Decided['e']): string {
  const entry = e.entry('host/fail2ban.txt');
  return (
    (isItem(entry) ? entry.text : '').split('\n').find((line) => line.includes('Jail list:')) ?? 'no list of jails'
  );
}

/** Unbans the addresses, in fail2ban's words; undefined where the deciding rule is no ban of single addresses. */
export function fail2banFix(decided: Decided): Fix | undefined {
  const ban = banByRule(decided) ?? banBySet(decided) ?? banByNft(decided);
  return ban === undefined || ban.addresses.length === 0 ? undefined : unban(ban);
}

/** The words that fail2ban's action for ufw leaves in the comment of its rules. */
export function jailInComment(comment: string | undefined): string | undefined {
  return /^by Fail2Ban after \S+ attempts against (\S+)$/.exec(comment ?? '')?.[1];
}

/** Lifts bans, in fail2ban's words. */
export function unban({ jail, addresses, patches }: Ban): Fix {
  return {
    steps: addresses.map((address) => ({
      where: 'source host',
      run: `fail2ban-client set ${jail} unbanip ${address}`,
      effect: 'none',
      risk: `Lifts the ban of ${address}, for every port of jail ${jail}. What it saw brings the ban back when it happens again, unless ${address} stands in the jail’s \`ignoreip\`.`,
      undo: command(`fail2ban-client set ${jail} banip ${address}`),
      verify: `${command(`fail2ban-client status ${jail}`)} no longer lists it.`,
    })),
    patches,
  };
}

/** `-A f2b-JAIL -s ADDRESS -j REJECT`: one rule for one address. */
function banByRule({ decider, part }: Decided): Ban | undefined {
  const jail = jailOf(decider.chain);
  const text = ruleText(decider);
  const banned = / -s ([^\s/]+)(?:\/32|\/128)? /.exec(text)?.[1];
  if (jail === undefined || decider.rule === undefined || banned === undefined) return undefined;
  if (part.from.length !== 1 || part.from[0] !== banned) return undefined;
  return { jail, addresses: part.from, patches: [{ item: decider.rule.source, line: decider.rule.line, lines: [] }] };
}

/** `--match-set f2b-JAIL src`: a member for each address. */
function banBySet({ decider, part, host }: Decided): Ban | undefined {
  const name = /--match-set (\S+) src/.exec(ruleText(decider))?.[1] ?? '';
  const jail = jailOf(name);
  const members = host.ipsets?.sets.get(name)?.members ?? [];
  const found = part.from.map((address) => members.find(({ text }) => text.split(' ')[0] === address));
  const lines = found.flatMap((member) => (member === undefined ? [] : [member.line]));
  if (jail === undefined || lines.length !== part.from.length) return undefined;
  const item = host.ipsets?.source ?? 'host/ipset-save.txt';
  // The set of a jail's IPv6 addresses ends with a 6 that is not of its name.
  const six = part.from.some((address) => address.includes(':'));
  return {
    jail: six ? jail.replace(/6$/, '') : jail,
    addresses: part.from,
    patches: lines.map((line) => ({ item, line, lines: [] })),
  };
}

type Entries = { nftables: { set?: { table: string; name: string; elem?: readonly unknown[] } }[] };

/** `ip saddr @addr-set-JAIL reject` in the table `f2b-table`. */
function banByNft({ decider, part, e }: Decided): Ban | undefined {
  const name = /@([\w.-]+)/.exec(ruleText(decider))?.[1] ?? '';
  const jail = jailOf(name);
  const entry = e.entry('host/nft-ruleset.json');
  if (jail === undefined || !isItem(entry) || entry.name !== decider.source) return undefined;
  const { nftables } = JSON.parse(entry.text) as Entries;
  const index = nftables.findIndex(({ set }) => set?.name === name && set.table === decider.table);
  const elements = nftables[index]?.set?.elem ?? [];
  const left = elements.filter((element) => !part.from.includes(valueOf(element)));
  if (left.length !== elements.length - part.from.length) return undefined;
  return {
    jail,
    addresses: part.from,
    patches: [{ item: entry.name, path: ['nftables', index, 'set', 'elem'], set: left }],
  };
}

/** An element is the address itself, or an object that holds it with its time. */
function valueOf(element: unknown): string {
  if (typeof element === 'string') return element;
  const { elem } = (element ?? {}) as { elem?: { val?: unknown } };
  return typeof elem?.val === 'string' ? elem.val : '';
}
