/**
 * A rule's words in a form in which what a person wrote and what the kernel prints are equal: sorted, without the lengths,
 * match names and defaults that iptables-save adds.
 */
export function ruleKey(line: string): string {
  const words = line
    .replace(/^\[\d+:\d+\] /, '')
    .replaceAll(/ -m (?:tcp|udp|comment)(?= )/g, '')
    .replaceAll(/ --comment (?:"[^"]*"|'[^']*'|\S+)/g, '')
    .replaceAll(/\/(?:32|128)(?= |$)/g, '')
    .replaceAll(/ --reject-with icmp6?-port-unreachable(?= |$)/g, '')
    .replaceAll(/ -m state --state /g, ' -m conntrack --ctstate ')
    .replace(/^-A (\S+)/, '-A:$1')
    .match(/(?:! )?-{1,2}[a-z][\w-]*(?: (?!-|! )(?:"[^"]*"|'[^']*'|\S+))*|\S+/gi);
  return (words ?? []).sort().join('\n');
}
