import type { Flow } from '../flow.ts';
import { defaultMigrationType } from '../flow.ts';
import type { Report } from '../report.ts';
import type { Page } from './page.ts';
import { labelled } from './page.ts';
import { wrap } from './wrap.ts';

/** What was judged, fact by fact, with what is not known of it said. */
export function factsOf({ flow, scope, notes }: Report): [string, string][] {
  return [
    ['from', fromOf(flow)],
    ['to', toOf(flow)],
    ['endpoint', `${flow.endpoint ?? 'not known'}, TLS mode ${flow.tls ?? 'not known'}`],
    [
      'migration',
      flow.migrationType ?? `${defaultMigrationType} (nothing says which: this one asks the most of a source)`,
    ],
    ...(scope === null ? [] : [['only', scope.join(', ')] satisfies [string, string]]),
    ...notes.map((note): [string, string] => ['note', note]),
  ];
}

/** The tool, and when it judged: `dms-doctor 0.1.0, 2026-08-22 03:12 UTC`. */
export function judgedBy({ tool, startedAt }: Report): string {
  return `${tool.name} ${tool.version}, ${startedAt.slice(0, 16).replace('T', ' ')} UTC`;
}

/** The head of a terminal report. */
export function header(page: Page, report: Report): string[] {
  return [
    ...wrap(page.prose(judgedBy(report)), page.width).map((line) => page.style.dim(line)),
    '',
    ...factsOf(report).flatMap(([label, text]) => labelled(page, label, text, { indent: 2, labelWidth: 11 })),
  ];
}

function fromOf(flow: Flow): string {
  const addresses = flow.from.length === 0 ? 'address not known' : flow.from.join(', ');
  return `${flow.replicationInstance ?? 'replication instance not known'}, ${addresses}`;
}

function toOf(flow: Flow): string {
  return `${serverOf(flow)}, database ${flow.database ?? 'not known'}, user ${flow.user ?? 'not known'}`;
}

/** `host:port` of the source, an IPv6 address in brackets. */
export function serverOf(flow: Flow): string {
  const host = flow.host ?? 'host not known';
  return `${host.includes(':') ? `[${host}]` : host}:${flow.port ?? 'port not known'}`;
}
