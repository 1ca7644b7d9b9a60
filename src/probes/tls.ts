import { probe } from './probe.ts';

/** Whether the endpoint's TLS mode and the server's `ssl` agree. */
export const tls = probe({
  layer: 'tls',
  needs: ['postgres/settings.json'],
  *judge(e) {
    const mode = e.fact('tls');
    const ssl = e.need('postgres/settings.json').get('ssl')?.setting;
    if (ssl !== 'on' && ssl !== 'off') return e.notUnderstood('postgres/settings.json', 'it has no row for ssl');
    const evidence = [e.cite('postgres/settings.json', `ssl = ${ssl}`)] as const;
    if (mode === 'none') yield { code: 'TLS001', args: { mode, ssl }, evidence };
    else if (ssl === 'off') yield { code: 'TLS002', args: { mode }, evidence };
    else if (mode === 'require') yield { code: 'TLS001', args: { mode, ssl }, evidence };
    else yield { code: 'TLS003', args: { mode }, evidence };
  },
});
