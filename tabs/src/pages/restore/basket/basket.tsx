import { createContext, use, useCallback, useEffect, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import type { Selection } from '../../../../../contract/restore.ts';
import type { Item, Resource } from '../../../../../contract/resources.ts';
import { useMe } from '../../../app/person.ts';
import { keepText, keptText } from '../../../client/sessionStore.ts';

/** One thing that is to come back, from one copy. */
export interface Chosen {
  readonly resourceId: string;
  readonly workload: string;
  readonly ownerId?: string;
  readonly ownerName: string;
  readonly itemId: string;
  readonly name: string;
  readonly kind: string;
  readonly container: boolean;
  readonly size: number;
  /** Id of the restore point it comes from. */
  readonly at: string;
  readonly takenAt: string;
}

type Query = Extract<Selection, { query: unknown }>['query'];

export type Basket =
  | { readonly kind: 'things'; readonly things: readonly Chosen[] }
  | {
      readonly kind: 'whole';
      readonly resource: Pick<Resource, 'id' | 'name' | 'workload' | 'ownerId'>;
      readonly at: string;
      readonly takenAt: string;
    }
  | { readonly kind: 'query'; readonly query: Query; readonly found: number };

export interface BasketStore {
  readonly basket: Basket;
  readonly has: (resourceId: string, itemId: string, at: string) => boolean;
  readonly put: (things: readonly Chosen[]) => void;
  readonly take: (things: readonly Pick<Chosen, 'resourceId' | 'itemId' | 'at'>[]) => void;
  readonly replace: (basket: Basket) => void;
  readonly clear: () => void;
}

const empty: Basket = { kind: 'things', things: [] };
const BasketContext = createContext<BasketStore | undefined>(undefined);
const keyOf = ({ resourceId, itemId, at }: Pick<Chosen, 'resourceId' | 'itemId' | 'at'>): string =>
  `${resourceId} ${itemId} ${at}`;
const storeKey = (person: string): string => `holdfast.basket.${person}`;

/** Teams loads each tab anew, so that the basket waits in the browser's session, for this person alone. */
function kept(person: string): Basket {
  const text = keptText(storeKey(person));
  return text === undefined ? empty : (JSON.parse(text) as Basket);
}

export function BasketProvider({ children }: { children: ReactNode }) {
  const me = useMe();
  const [basket, setBasket] = useState<Basket>(() => kept(me.id));
  useEffect(() => void keepText(storeKey(me.id), JSON.stringify(basket)), [basket, me.id]);

  const put = useCallback(
    (more: readonly Chosen[]) =>
      setBasket((before) => {
        const things = new Map(before.kind === 'things' ? before.things.map((each) => [keyOf(each), each]) : []);
        for (const each of more) things.set(keyOf(each), each);
        return { kind: 'things', things: [...things.values()] };
      }),
    [],
  );
  const take = useCallback(
    (less: readonly Pick<Chosen, 'resourceId' | 'itemId' | 'at'>[]) =>
      setBasket((before) => {
        if (before.kind !== 'things') return before;
        const gone = new Set(less.map(keyOf));
        return { kind: 'things', things: before.things.filter((each) => !gone.has(keyOf(each))) };
      }),
    [],
  );
  const store = useMemo((): BasketStore => {
    const keys = new Set(basket.kind === 'things' ? basket.things.map(keyOf) : []);
    return {
      basket,
      has: (resourceId, itemId, at) => keys.has(keyOf({ resourceId, itemId, at })),
      put,
      take,
      replace: setBasket,
      clear: () => setBasket(empty),
    };
  }, [basket, put, take]);
  return <BasketContext value={store}>{children}</BasketContext>;
}

export function useBasket(): BasketStore {
  const store = use(BasketContext);
  if (store === undefined) throw new Error('useBasket needs a BasketProvider around it');
  return store;
}

export const chosenFrom = (
  resource: Resource,
  item: Item,
  point: { readonly id: string; readonly takenAt: string },
): Chosen => ({
  resourceId: resource.id,
  workload: resource.workload,
  ...(resource.ownerId === undefined ? {} : { ownerId: resource.ownerId }),
  ownerName: resource.name,
  itemId: item.id,
  name: item.name,
  kind: item.kind,
  container: item.container,
  size: item.size,
  at: point.id,
  takenAt: point.takenAt,
});

/** The basket as the API takes it. */
export function selectionOf(basket: Basket): Selection {
  switch (basket.kind) {
    case 'things':
      return { items: basket.things.map(({ resourceId, itemId, at }) => ({ resourceId, itemId, at })) };
    case 'whole':
      return { resourceId: basket.resource.id, at: basket.at };
    case 'query':
      return { query: basket.query };
  }
}

export interface BasketFacts {
  readonly empty: boolean;
  /** Undefined where nobody has counted yet. */
  readonly count: number | undefined;
  readonly folders: number;
  readonly bytes: number;
  readonly owners: readonly string[];
  readonly workloads: readonly string[];
  /** Does any of it belong to somebody else than this person? */
  readonly ofOthers: (me: string) => boolean;
}

export function factsOf(basket: Basket): BasketFacts {
  switch (basket.kind) {
    case 'things': {
      const { things } = basket;
      return {
        empty: things.length === 0,
        count: things.length,
        folders: things.filter(({ container }) => container).length,
        bytes: things.reduce((sum, { size }) => sum + size, 0),
        owners: [...new Set(things.map(({ ownerName }) => ownerName))],
        workloads: [...new Set(things.map(({ workload }) => workload))],
        ofOthers: (me) => things.some(({ ownerId }) => ownerId !== me),
      };
    }
    case 'whole': {
      const { name, workload, ownerId } = basket.resource;
      return {
        empty: false,
        count: undefined,
        folders: 0,
        bytes: 0,
        owners: [name],
        workloads: [workload],
        ofOthers: (me) => ownerId !== me,
      };
    }
    case 'query':
      return {
        empty: false,
        count: undefined,
        folders: 0,
        bytes: 0,
        owners: [],
        workloads: basket.query.workload === undefined ? [] : [basket.query.workload],
        ofOthers: (me) => basket.query.owner !== me,
      };
  }
}
