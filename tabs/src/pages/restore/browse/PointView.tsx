import { Button, Card, MessageBar, MessageBarBody, Switch, makeStyles, tokens } from '@fluentui/react-components';
import { useCallback, useMemo, useState } from 'react';
import type { Item, Point, Resource } from '../../../../../contract/resources.ts';
import { addressOf, navigate } from '../../../app/routing.ts';
import { useTexts } from '../../../app/texts.tsx';
import { usePages } from '../../../client/usePages.ts';
import { EmptyState } from '../../../parts/EmptyState.tsx';
import { MoreRows } from '../../../parts/grid/MoreRows.tsx';
import { Moods } from '../../../parts/Moods.tsx';
import { useBasket } from '../basket/basket.tsx';
import { ItemPane } from '../item/ItemPane.tsx';
import { browseAddress } from '../places.ts';
import { FolderGrid } from './FolderGrid.tsx';
import { FolderPath } from './FolderPath.tsx';
import { FolderTree } from './FolderTree.tsx';
import { useItemSelection } from './useItemSelection.ts';

const useStyles = makeStyles({
  columns: {
    display: 'grid',
    gridTemplateColumns: 'minmax(200px, 260px) minmax(0, 1fr)',
    gap: tokens.spacingHorizontalL,
    alignItems: 'start',
    '@media (max-width: 899px)': { gridTemplateColumns: 'minmax(0, 1fr)' },
  },
  tree: {
    padding: tokens.spacingHorizontalS,
    maxHeight: 'calc(100vh - 200px)',
    overflowY: 'auto',
    // On narrow pages the path and the folders in the list lead everywhere.
    '@media (max-width: 899px)': { display: 'none' },
  },
  list: { padding: 0, gap: 0, minWidth: 0, overflow: 'visible' },
  bar: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    justifyContent: 'space-between',
    gap: tokens.spacingHorizontalS,
    paddingBlock: tokens.spacingVerticalS,
    paddingInline: tokens.spacingHorizontalM,
  },
  tools: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: tokens.spacingHorizontalS },
});

/** One folder of one copy, with its tree, and the item that is looked at. */
export function PointView({
  resource,
  point,
  shownAt,
  folder,
  itemId,
  rootName,
}: {
  resource: Resource;
  point: Point;
  /** How the address names the copy. */
  shownAt: string;
  folder: string | undefined;
  itemId: string | undefined;
  rootName: string;
}) {
  const styles = useStyles();
  const text = useTexts();
  const basket = useBasket();
  const [deleted, setDeleted] = useState(false);
  const input = useMemo(
    () => ({
      params: { id: resource.id },
      query: {
        pageSize: 100,
        ...(deleted
          ? { deleted: 'true' as const }
          : { at: point.id, ...(folder === undefined ? {} : { parent: folder }) }),
      },
    }),
    [resource.id, deleted, point.id, folder],
  );
  const pages = usePages('listItems', input);
  const selection = useItemSelection(resource, point, pages.rows);

  const openFolder = (id: string | undefined): void => navigate(browseAddress(resource.id, shownAt, id));
  const itemAddress = useCallback(
    (item: Item) =>
      item.container
        ? browseAddress(resource.id, shownAt, item.id)
        : browseAddress(resource.id, shownAt, folder, item.id),
    [resource.id, shownAt, folder],
  );
  const wantAll = (): void => {
    const { id, name, workload, ownerId } = resource;
    const whole = { id, name, workload, ...(ownerId === undefined ? {} : { ownerId }) };
    basket.replace({ kind: 'whole', resource: whole, at: point.id, takenAt: point.takenAt });
    navigate(addressOf('restore', ['options']));
  };

  return (
    <>
      {point.status === 'partial' && (
        <MessageBar intent="warning" layout="multiline" style={{ marginBottom: tokens.spacingVerticalM }}>
          <MessageBarBody>{point.reason ?? text('browse.partial')}</MessageBarBody>
        </MessageBar>
      )}
      <div className={styles.columns}>
        <Card className={styles.tree} role="navigation" aria-label={text('browse.folders')}>
          <FolderTree resourceId={resource.id} at={point.id} current={folder} rootName={rootName} onOpen={openFolder} />
        </Card>
        <Card className={styles.list}>
          <div className={styles.bar}>
            {deleted ? (
              <span>{text('browse.deletedHere')}</span>
            ) : (
              <FolderPath
                resourceId={resource.id}
                at={point.id}
                folder={folder}
                rootName={rootName}
                onOpen={openFolder}
              />
            )}
            <div className={styles.tools}>
              <Switch
                label={text('browse.showDeleted')}
                checked={deleted}
                onChange={(_, { checked }) => setDeleted(checked)}
              />
              <Button onClick={wantAll}>{text('browse.everything')}</Button>
            </div>
          </div>
          <Moods of={pages.first} rows={8}>
            {() =>
              pages.rows.length === 0 ? (
                <EmptyState title={text(deleted ? 'browse.noneDeleted' : 'browse.empty')} />
              ) : (
                <>
                  <FolderGrid
                    name={text('browse.contents')}
                    rows={pages.rows}
                    selection={selection}
                    addressOf={itemAddress}
                    onOpen={(item) => navigate(itemAddress(item))}
                    withPath={deleted}
                  />
                  <MoreRows pages={pages} />
                </>
              )
            }
          </Moods>
        </Card>
      </div>
      {itemId !== undefined && (
        <ItemPane key={itemId} resource={resource} point={point} itemId={itemId} onClose={() => openFolder(folder)} />
      )}
    </>
  );
}
