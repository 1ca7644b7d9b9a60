import { readsChanges } from '../flow.ts';
import { clusterOf, socketsOn } from './cluster.ts';
import { probe } from './probe.ts';

/** Whether the output plugin that DMS will ask for can be loaded. */
export const plugin = probe({
  layer: 'plugin',
  needs: ['host/clusters.json', 'host/ss.txt', 'postgres/settings.json'],
  sharpens: ['aws/describe-endpoints.json'],
  *judge(e) {
    const port = e.fact('port');
    const clusters = e.need('host/clusters.json');
    const { open } = socketsOn(e.need('host/ss.txt'), port, e.flow.host ?? '');
    const cluster = open[0] === undefined ? undefined : clusterOf(clusters, open[0]);
    const asked = e.maybe('aws/describe-endpoints.json')?.find((one) => one.EndpointIdentifier === e.flow.endpoint)?.PostgreSQLSettings?.PluginName;
    const preloaded = e.need('postgres/settings.json').get('shared_preload_libraries')?.setting ?? '';
    // Without a preference DMS takes pglogical where it is loaded, else test_decoding.
    const name = asked === 'pglogical' || (asked !== 'test-decoding' && asked !== 'test_decoding' && preloaded.includes('pglogical')) ? 'pglogical' : 'test_decoding';
    if (cluster === undefined) {
      yield {
        code: 'PLG003',
        args: { why: `no cluster of host/clusters.json listens on port ${port}` },
        evidence: [e.cite('host/clusters.json', `${clusters.length} cluster${clusters.length === 1 ? '' : 's'}`)],
      };
      return;
    }
    const file = cluster.plugins?.[name];
    const evidence = [e.cite('host/clusters.json', `plugins.${name} = ${file === undefined ? '(not looked for)' : (file ?? 'null')}`)] as const;
    if (!readsChanges(e.flow)) yield { code: 'PLG004', args: {}, evidence };
    else if (file === undefined) yield { code: 'PLG003', args: { why: `whether ${name} is installed was not looked for` }, evidence };
    else if (file === null) yield { code: 'PLG002', args: { plugin: name }, evidence };
    else yield { code: 'PLG001', args: { plugin: name, file }, evidence };
  },
});
