import type { Dice } from './rudeDice.ts';

export interface Thing extends Readonly<Record<string, unknown>> {
  readonly id: string;
}

/** What Graph may leave out of an item, by its documentation or by what was seen of it. */
const OPTIONAL = [
  'cTag',
  'webUrl',
  'createdBy',
  'lastModifiedBy',
  'createdDateTime',
  'lastModifiedDateTime',
  'description',
  'size',
  'eTag',
  '@odata.etag',
  'changeKey',
  'categories',
  'inferenceClassification',
  'childFolderCount',
  'totalItemCount',
  'isHidden',
];
/** Facets and properties that say by being null that they are not there. */
const ABSENT = {
  file: ['folder', 'package', 'malware', 'deleted', 'remoteItem', 'root', 'description'],
  folder: ['file', 'package', 'malware', 'deleted', 'remoteItem', 'root'],
  subject: ['bccRecipients', 'sender', 'flag', 'importance', 'isReadReceiptRequested', '@removed'],
  displayName: ['isHidden', 'childFolderCount'],
} as const;

/** An item with less and with more than the tenant says of it. The same item is the same each time it is asked. */
export function rudeItem(dice: Dice, item: Thing, isFeed: boolean): Thing {
  const where = `${item.id} ${isFeed ? 'feed' : 'item'}`;
  const changed: Record<string, unknown> & { id: string } = { ...item };
  const isGone = 'deleted' in item || '@removed' in item;
  if (isGone) return gone(dice, item);
  for (const name of OPTIONAL) if (name in changed && dice.is('f.dropped', `${where} ${name}`)) delete changed[name];
  const file = item['file'] as { hashes?: unknown } | undefined;
  if (file?.hashes !== undefined && dice.is('f.dropped', `${where} hashes`))
    changed['file'] = { ...file, hashes: { sha1Hash: null } };
  for (const [kind, names] of Object.entries(ABSENT))
    for (const name of names)
      if (kind in item && !(name in item) && dice.is('f.null', `${where} ${name}`)) changed[name] = null;
  if (dice.is('f.extra', where))
    Object.assign(changed, {
      '@odata.type': 'file' in item || 'folder' in item ? '#microsoft.graph.driveItem' : undefined,
      '@microsoft.graph.unheardOf': { deep: [{ er: null }] },
      unheardOf: [1, 'two', null],
      ...('file' in item
        ? {
            pendingOperations: { pendingContentUpdate: { queuedDateTime: null } },
            bundle: null,
            source: { application: 'Teams' },
          }
        : {}),
    });
  const folder = item['folder'];
  if (folder !== undefined && dice.is('f.numbers', where)) {
    changed['size'] = 2 ** 53;
    changed['folder'] = { childCount: 2 ** 53 };
  }
  if (typeof item['eTag'] === 'string' && 'eTag' in changed && dice.is('e.etag', item.id))
    changed['eTag'] = `W/${item['eTag']}`;
  return changed;
}

function gone(dice: Dice, item: Thing): Thing {
  if ('@removed' in item)
    return dice.is('b.reason', item.id) ? { id: item.id, '@removed': { reason: 'changed' } } : item;
  return dice.is('b.idOnly', item.id) ? { id: item.id, deleted: {} } : item;
}
