import { Caption1, Link, makeStyles, tokens } from '@fluentui/react-components';
import { useCallback, useMemo } from 'react';
import type { Resource, SearchHit } from '../../../../../contract/resources.ts';
import { follow, navigate } from '../../../app/routing.ts';
import { useTexts } from '../../../app/texts.tsx';
import { Grid } from '../../../parts/grid/Grid.tsx';
import type { Column, GridSelection } from '../../../parts/grid/Grid.tsx';
import { NamedIcon } from '../../../parts/icons.tsx';
import { ItemName } from '../../../parts/ItemName.tsx';
import { Moment } from '../../../parts/Moment.tsx';
import { StateWord } from '../../../parts/StateWord.tsx';
import { useWorkloads } from '../../../parts/workloads.tsx';
import { chosenFrom, useBasket } from '../basket/basket.tsx';
import { itemMoment } from '../browse/itemMoment.ts';
import { useResources } from './useResources.ts';

const useStyles = makeStyles({
  name: { display: 'flex', alignItems: 'center', gap: tokens.spacingHorizontalS, minWidth: 0 },
  icon: { display: 'inline-flex', fontSize: '20px', color: tokens.colorNeutralForeground3, flexShrink: 0 },
  words: { display: 'flex', flexDirection: 'column', minWidth: 0, overflowWrap: 'anywhere' },
  note: { color: tokens.colorNeutralForeground3 },
});

const keyOf = ({ resourceId, item, point }: SearchHit): string => `${resourceId} ${item.id} ${point.id}`;
const nameOf = ({ item }: SearchHit): string => item.name;

export function HitGrid({ hits, open }: { hits: readonly SearchHit[]; open: (hit: SearchHit) => string }) {
  const styles = useStyles();
  const text = useTexts();
  const workloads = useWorkloads();
  const resources = useResources(useMemo(() => [...new Set(hits.map(({ resourceId }) => resourceId))], [hits]));
  const basket = useBasket();
  const selection = useMemo((): GridSelection => {
    const held = (hit: SearchHit): boolean => basket.has(hit.resourceId, hit.item.id, hit.point.id);
    return {
      selected: new Set(hits.filter(held).map(keyOf)),
      onChange: (selected) => {
        const added = hits.filter((hit) => selected.has(keyOf(hit)) && !held(hit));
        basket.put(
          added.flatMap((hit) => {
            const resource: Resource | undefined = resources.get(hit.resourceId);
            return resource === undefined ? [] : [chosenFrom(resource, hit.item, hit.point)];
          }),
        );
        basket.take(
          hits
            .filter((hit) => !selected.has(keyOf(hit)) && held(hit))
            .map((hit) => ({ resourceId: hit.resourceId, itemId: hit.item.id, at: hit.point.id })),
        );
      },
    };
  }, [basket, hits, resources]);
  const columns = useMemo(
    (): readonly Column<SearchHit>[] => [
      {
        id: 'name',
        name: text('item.name'),
        width: 'minmax(200px, 3fr)',
        rank: 1,
        cell: (hit) => (
          <div className={styles.name}>
            <span className={styles.icon}>
              <NamedIcon name={workloads.kindIcon(hit.item.kind)} fileName={hit.item.name} />
            </span>
            <div className={styles.words}>
              <Link appearance="subtle" href={open(hit)} onClick={(event) => follow(event, open(hit))}>
                <ItemName name={hit.item.name} />
              </Link>
              <Caption1 className={styles.note}>
                <bdi>{hit.item.from ?? hit.item.path}</bdi>
              </Caption1>
            </div>
          </div>
        ),
      },
      {
        id: 'owner',
        name: text('find.where'),
        width: 'minmax(140px, 1.5fr)',
        rank: 2,
        cell: (hit) => {
          const resource = resources.get(hit.resourceId);
          return resource === undefined ? (
            ''
          ) : (
            <bdi>{text('resource.full', { name: resource.name, workload: workloads.label(resource.workload) })}</bdi>
          );
        },
      },
      {
        id: 'when',
        name: text('item.when'),
        width: 'minmax(130px, 1fr)',
        rank: 2,
        cell: ({ item }) => <Moment iso={itemMoment(item)} form="full" />,
      },
      {
        id: 'state',
        name: text('find.state'),
        width: 'minmax(110px, 1fr)',
        rank: 3,
        cell: ({ state }) => <StateWord state={state} />,
      },
      {
        id: 'size',
        name: text('item.size'),
        width: 'minmax(80px, 0.5fr)',
        rank: 3,
        align: 'end',
        cell: ({ item }) => text.bytes(item.size),
      },
    ],
    [open, resources, styles, text, workloads],
  );
  return (
    <Grid
      name={text('find.results')}
      columns={columns}
      rows={hits}
      keyOf={keyOf}
      nameOf={nameOf}
      onOpen={useCallback((hit: SearchHit) => navigate(open(hit)), [open])}
      selection={selection}
    />
  );
}
