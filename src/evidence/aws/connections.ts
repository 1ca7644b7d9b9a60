import type { Absence, Item } from '../item.ts';
import { isItem } from '../item.ts';
import type { AwsItem } from './ask.ts';
import { readDms } from './documents.ts';
import type { AwsConnection } from './select.ts';
import { select } from './select.ts';

/** Every source connection that DMS's answers among some evidence know, live or recorded; none where they know of none. */
export function connectionsIn(
  items: ReadonlyMap<string, Item | Absence>,
  named: { readonly endpoint?: string | undefined; readonly replicationInstance?: string | undefined },
): readonly AwsConnection[] {
  const answers = new Map<string, AwsItem>();
  for (const [name, entry] of items)
    answers.set(name, isItem(entry) ? { text: entry.text, at: entry.at } : { error: entry.detail, at: '' });
  const { endpoint, replicationInstance } = named;
  const request = {
    all: true,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(replicationInstance === undefined ? {} : { replicationInstance }),
  };
  const selection = select(request, readDms(answers));
  return 'connections' in selection ? selection.connections : 'choices' in selection ? selection.choices : [];
}
