import { isAddress } from '../address.ts';
import { probe } from './probe.ts';

/** Whether the source's name can be resolved: a literal address needs no resolver. */
export const dns = probe({
  layer: 'dns',
  needs: [],
  *judge(e) {
    const host = e.fact('host');
    const evidence = [{ source: 'flow', line: null, text: `host ${host}`, vantage: 'configuration' }] as const;
    yield { code: isAddress(host) ? 'DNS001' : 'DNS002', args: { host }, evidence };
  },
});
