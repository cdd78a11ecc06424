import { useMemo } from 'react';
import type { Item, Point, Resource } from '../../../../../contract/resources.ts';
import { useApi } from '../../../client/apiContext.ts';
import type { GridSelection } from '../../../parts/grid/Grid.tsx';
import { chosenFrom, useBasket } from '../basket/basket.tsx';
import type { Chosen } from '../basket/basket.tsx';

/**
 * Ticks of a folder are what the basket holds of it. Something deleted is no longer in the copy that is looked at: it
 * comes from the last copy that had it, which its versions name.
 */
export function useItemSelection(resource: Resource, point: Point, rows: readonly Item[]): GridSelection {
  const api = useApi();
  const { basket, put, take } = useBasket();
  return useMemo(() => {
    const things = basket.kind === 'things' ? basket.things : [];
    const here = new Map(
      things
        .filter((thing) => thing.resourceId === resource.id)
        .map((thing) => [`${thing.itemId} ${thing.at}`, thing] as const),
    );
    const heldOf = (item: Item): Chosen | undefined =>
      here.get(`${item.id} ${point.id}`) ??
      (item.deletedAt === undefined ? undefined : things.find(({ itemId }) => itemId === item.id));
    const lastCopyOf = async (item: Item): Promise<Chosen | undefined> => {
      const { value } = await api.call('listVersions', {
        params: { id: resource.id, itemId: item.id },
        query: { pageSize: 1 },
      });
      const last = value[0];
      return last === undefined ? undefined : chosenFrom(resource, item, { id: last.pointId, takenAt: last.validFrom });
    };
    const add = async (items: readonly Item[]): Promise<void> => {
      put(items.filter(({ deletedAt }) => deletedAt === undefined).map((item) => chosenFrom(resource, item, point)));
      const gone = await Promise.all(items.filter(({ deletedAt }) => deletedAt !== undefined).map(lastCopyOf));
      put(gone.filter((each) => each !== undefined));
    };
    return {
      selected: new Set(rows.filter((item) => heldOf(item) !== undefined).map(({ id }) => id)),
      onChange: (selected) => {
        void add(rows.filter((item) => selected.has(item.id) && heldOf(item) === undefined));
        take(rows.filter((item) => !selected.has(item.id)).flatMap((item) => heldOf(item) ?? []));
      },
    };
  }, [api, basket, put, take, resource, point, rows]);
}
