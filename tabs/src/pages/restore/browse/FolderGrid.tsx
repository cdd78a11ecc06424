import { Caption1, Link, makeStyles, tokens, useRestoreFocusTarget } from '@fluentui/react-components';
import { useCallback, useMemo } from 'react';
import type { Item } from '../../../../../contract/resources.ts';
import { follow } from '../../../app/routing.ts';
import { useTexts } from '../../../app/texts.tsx';
import { Grid } from '../../../parts/grid/Grid.tsx';
import type { Column, GridSelection } from '../../../parts/grid/Grid.tsx';
import { NamedIcon } from '../../../parts/icons.tsx';
import { ItemName } from '../../../parts/ItemName.tsx';
import { Moment } from '../../../parts/Moment.tsx';
import { StateWord } from '../../../parts/StateWord.tsx';
import { useWorkloads } from '../../../parts/workloads.tsx';
import { itemMoment } from './itemMoment.ts';

const useStyles = makeStyles({
  name: { display: 'flex', alignItems: 'center', gap: tokens.spacingHorizontalS, minWidth: 0 },
  icon: { display: 'inline-flex', fontSize: '20px', color: tokens.colorNeutralForeground3, flexShrink: 0 },
  words: { display: 'flex', flexDirection: 'column', minWidth: 0, overflowWrap: 'anywhere' },
  note: { color: tokens.colorNeutralForeground3 },
});

const keyOf = (item: Item): string => item.id;
const nameOf = (item: Item): string => item.name;

/** Folders and items; a tick puts something into the basket. */
export function FolderGrid({
  name,
  rows,
  selection,
  addressOf,
  onOpen,
  withPath,
}: {
  name: string;
  rows: readonly Item[];
  selection: GridSelection;
  addressOf: (item: Item) => string;
  onOpen: (item: Item) => void;
  withPath: boolean;
}) {
  const styles = useStyles();
  const text = useTexts();
  const workloads = useWorkloads();
  const comesBack = useRestoreFocusTarget();
  const columns = useMemo(
    (): readonly Column<Item>[] => [
      {
        id: 'name',
        name: text('item.name'),
        width: 'minmax(200px, 3fr)',
        rank: 1,
        cell: (item) => (
          <div className={styles.name}>
            <span className={styles.icon}>
              <NamedIcon name={workloads.kindIcon(item.kind)} fileName={item.name} />
            </span>
            <div className={styles.words}>
              <Link
                {...comesBack}
                appearance="subtle"
                href={addressOf(item)}
                onClick={(event) => follow(event, addressOf(item))}
              >
                <ItemName name={item.name} />
              </Link>
              {item.from !== undefined && (
                <Caption1 className={styles.note}>
                  <bdi>{item.from}</bdi>
                </Caption1>
              )}
              {withPath && (
                <Caption1 className={styles.note}>
                  <bdi>{item.path}</bdi>
                </Caption1>
              )}
              {item.deletedAt !== undefined && (
                <Caption1 className={styles.note}>
                  <StateWord state="deleted" /> <Moment iso={item.deletedAt} />
                </Caption1>
              )}
            </div>
          </div>
        ),
      },
      {
        id: 'when',
        name: text('item.when'),
        width: 'minmax(130px, 1fr)',
        rank: 2,
        cell: (item) => (item.container ? '' : <Moment iso={itemMoment(item)} form="full" />),
      },
      {
        id: 'versions',
        name: text('item.versions'),
        width: 'minmax(70px, 0.5fr)',
        rank: 3,
        align: 'end',
        cell: (item) => (item.container || item.versionCount === undefined ? '' : text.number(item.versionCount)),
      },
      {
        id: 'size',
        name: text('item.size'),
        width: 'minmax(80px, 0.5fr)',
        rank: 2,
        align: 'end',
        cell: (item) => (item.container ? '' : text.bytes(item.size)),
      },
    ],
    [addressOf, comesBack, styles, text, withPath, workloads],
  );
  return (
    <Grid
      name={name}
      columns={columns}
      rows={rows}
      keyOf={keyOf}
      nameOf={nameOf}
      onOpen={useCallback((item: Item) => onOpen(item), [onOpen])}
      selection={selection}
    />
  );
}
