import { isItem } from '../../evidence/item.ts';
import type { EvidenceLine } from '../../finding.ts';
import type { FirewallReader } from '../firewall-host.ts';
import type { Draft } from '../probe.ts';
import { countOf } from '../wording.ts';
import { startsAtBoot } from './boot.ts';
import { firstLine } from './reboot.ts';
import { entriesOf } from './shorewall-files.ts';
import { tuplesOf } from './ufw-rules.ts';

type FrontEnd = 'shorewall' | 'ufw' | 'firewalld';
/** What is known of a front end that does not run: how its state is called, where that stands, what is on disk, what a boot does. */
type Stopped = { state: string; shown: EvidenceLine | undefined; rules: string; boot: boolean | undefined };

const codes = { shorewall: 'SHW008', ufw: 'UFW008', firewalld: 'FWD008' } as const;

/** A front end that is stopped or cleared, with rules on disk: they come back with its next start. */
export function* stoppedFrontEnd(e: FirewallReader, layer: FrontEnd): Generator<Draft> {
  const stopped = { shorewall: shorewallStopped, ufw: ufwStopped, firewalld: firewalldStopped }[layer](e);
  if (stopped?.shown === undefined) return;
  const { state, shown, rules, boot } = stopped;
  const next =
    boot === undefined
      ? 'whether a boot starts it was not gathered'
      : boot
        ? 'the next boot starts it'
        : 'nothing starts it at boot';
  yield { code: codes[layer], args: { state, rules, boot: next }, evidence: [shown] };
}

/** `shorewall stop` and `shorewall clear` both take the chain away by which `shorewall status` knows that it runs. */
function shorewallStopped(e: FirewallReader): Stopped | undefined {
  const shown = firstLine(e, 'host/shorewall/status.txt', /^Shorewall is stopped/);
  const rules = e.entry('host/shorewall/rules');
  const policy = e.entry('host/shorewall/policy');
  if (shown === undefined || !isItem(policy) || entriesOf(policy.text).length === 0) return undefined;
  const recorded = firstLine(e, 'host/shorewall/status.txt', /^State:/);
  const state = /State:\s*(\w+)/.exec(recorded?.text ?? '')?.[1]?.toLowerCase() ?? 'stopped';
  const held = firstLine(e, 'host/shorewall/default', /^\s*startup=0/) !== undefined;
  return {
    state: state === 'started' ? 'stopped' : state,
    shown: recorded ?? shown,
    rules: `${countOf(isItem(rules) ? entriesOf(rules.text).length : 0, 'entry', 'entries')} in /etc/shorewall/rules, and its policies`,
    boot: held ? false : startsAtBoot(e, ['shorewall']),
  };
}

/** Whether `shorewall stop` put its rules in place (shorewall.conf(5), stoppedrules), and not `shorewall clear`. */
export function isShorewallStopped(e: FirewallReader): boolean {
  return firstLine(e, 'host/shorewall/status.txt', /^State:\s*Stopped/) !== undefined;
}

function ufwStopped(e: FirewallReader): Stopped | undefined {
  const shown = firstLine(e, 'host/ufw/status.txt', /^Status: inactive/);
  const files = (['host/ufw/user.rules', 'host/ufw/user6.rules'] as const).map((name) => e.entry(name));
  const tuples = files.flatMap((file) => (isItem(file) ? tuplesOf(file.text) : []));
  const enabled = firstLine(e, 'host/ufw/ufw.conf', /^ENABLED=["']?yes/i) !== undefined;
  if (shown === undefined || (tuples.length === 0 && !enabled)) return undefined;
  const rules = `${countOf(tuples.length, 'rule')} in /etc/ufw/user.rules and user6.rules, and its default policy`;
  return { state: 'inactive', shown, rules, boot: enabled ? startsAtBoot(e, ['ufw']) : false };
}

/** firewalld guards a host by its mere start: without any file of ours its default zone refuses what it does not list. */
function firewalldStopped(e: FirewallReader): Stopped | undefined {
  const shown = firstLine(e, 'host/firewalld/state.txt', /^not running/);
  const boot = startsAtBoot(e, ['firewalld']);
  const configured = isItem(e.entry('host/firewalld/firewalld.conf'));
  if (shown === undefined || !configured || boot === false) return undefined;
  return { state: 'not running', shown, rules: 'its zones in /etc/firewalld', boot };
}
