import { isItem } from '../../evidence/item.ts';
import type { FirewallReader } from '../firewall-host.ts';

/** Cloud-init is not among them: it is on every image of a cloud, and a file that it wrote says so. */
const names: Readonly<Record<string, string>> = {
  puppet: 'Puppet',
  puppetlabs: 'Puppet',
  'chef-client': 'Chef',
  chef: 'Chef',
  cinc: 'Chef',
  'salt-minion': 'Salt',
  salt: 'Salt',
  'cf-agent': 'CFEngine',
  cfengine: 'CFEngine',
  ansible: 'Ansible',
  '.ansible': 'Ansible',
};

/**
 * Who else writes a file, as a sentence that begins with a blank, or nothing: what the file itself says, or whose agent was
 * seen on the host.
 */
export function managerOf(e: FirewallReader, file: string): string {
  const entry = e.entry('host/managers.txt');
  if (!isItem(entry)) return '';
  const lines = entry.text.split('\n');
  const said = lines.find((line) => line.startsWith(`${file}: says: `));
  if (said !== undefined)
    return ` The file says “${said.slice(file.length + 8).trim()}”: make the change where it is made from, or it is undone.`;
  const seen = lines.flatMap((line) => {
    const [, what, how] = /^(?:.*\/)?([^/:]+): (process|exists)$/.exec(line) ?? [];
    const name = names[what ?? ''];
    return name === undefined || how === undefined ? [] : [name];
  });
  const all = [...new Set(seen)];
  if (all.length === 0) return '';
  return ` ${all.join(' and ')} ${all.length === 1 ? 'was' : 'were'} seen on this host: where ${all.length === 1 ? 'it owns' : 'one of them owns'} ${file}, make the change there, or it is undone.`;
}
