import { makeStyles, tokens } from '@fluentui/react-components';
import type { RestoreRequest } from '../../../../../contract/restore.ts';
import { useMe } from '../../../app/person.ts';
import { useTexts } from '../../../app/texts.tsx';
import { useApi } from '../../../client/apiContext.ts';
import { useReading, valueOf } from '../../../client/useRoute.ts';

const shown = 5;

const useStyles = makeStyles({
  list: { margin: 0, paddingInlineStart: tokens.spacingHorizontalXL },
  item: { overflowWrap: 'anywhere' },
});

/** The first names of what was chosen, for readers who may browse it; others decide by count and reason. */
export function ItemNames({ request }: { request: RestoreRequest }) {
  const styles = useStyles();
  const text = useTexts();
  const api = useApi();
  const me = useMe();
  const { selection } = request;
  const chosen = 'items' in selection ? selection.items : 'folders' in selection ? selection.folders : [];
  const asks = me.can.browseEverybody && chosen.length > 0;
  const read = useReading(asks ? `names ${request.id}` : undefined, (signal) =>
    Promise.all(
      chosen.slice(0, shown).map(({ resourceId, itemId, at }) =>
        api
          .call('getItem', { params: { id: resourceId, itemId }, query: at === undefined ? {} : { at } }, { signal })
          .then(({ name }) => name)
          .catch(() => text('activity.item.unknown')),
      ),
    ),
  );
  const names = valueOf(read);
  if (names === undefined) return null;
  return (
    <ul className={styles.list}>
      {names.map((name, at) => (
        <li key={chosen[at]?.itemId} className={styles.item}>
          <bdi>{name}</bdi>
        </li>
      ))}
      {chosen.length > shown && <li>{text('rehearsal.more', { count: chosen.length - shown })}</li>}
    </ul>
  );
}
