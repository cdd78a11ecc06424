import type { RestoreRequest } from '../../../../../contract/restore.ts';
import { useMe } from '../../../app/person.ts';
import { useTexts } from '../../../app/texts.tsx';
import { useRoute, valueOf } from '../../../client/useRoute.ts';
import { ItemName } from '../../../parts/ItemName.tsx';

/** What was chosen: one thing by its name, for whoever may look at it; more by their number. */
export function SelectionWords({ request: { selection, owners } }: { request: RestoreRequest }) {
  const text = useTexts();
  const me = useMe();
  const chosen = 'items' in selection ? selection.items : 'folders' in selection ? selection.folders : [];
  const [one] = chosen;
  const mayLook = me.can.browseEverybody || owners.every((owner) => owner === me.id);
  const only = valueOf(
    useRoute(
      'getItem',
      one !== undefined && chosen.length === 1 && mayLook
        ? {
            params: { id: one.resourceId, itemId: one.itemId },
            query: one.at === undefined ? {} : { at: one.at },
          }
        : undefined,
    ),
  );
  if (only !== undefined) return <ItemName name={only.name} />;
  if ('items' in selection) return text('request.items', { count: selection.items.length });
  if ('folders' in selection) return text('request.folders', { count: selection.folders.length });
  if ('query' in selection) return text('basket.query', { q: selection.query.q });
  return text('request.whole');
}
