import { useCallback, useEffect, useReducer } from 'react';
import type { RouteInput } from '../../../../../contract/client.ts';
import type { Problem } from '../../../../../contract/problem.ts';
import type { SearchAnswer, SearchHit } from '../../../../../contract/resources.ts';
import { useApi } from '../../../client/apiContext.ts';
import { problemOf } from '../../../client/problemOf.ts';
import { itemMoment } from '../browse/itemMoment.ts';

export type SearchQuery = NonNullable<RouteInput<'search'>['query']>;

/** How many hits are gathered before the search waits for somebody to want more. */
const handful = 50;

export interface Search {
  /** Newest first, over everything found so far. */
  readonly hits: readonly SearchHit[];
  /** On its way now. */
  readonly looking: boolean;
  /** Waits: there may be more. */
  readonly hasMore: boolean;
  readonly last: SearchAnswer | undefined;
  /** Resources that could not be looked through, over all pages. */
  readonly incomplete: NonNullable<SearchAnswer['incomplete']>;
  readonly problem: Problem | undefined;
}

interface Held extends Search {
  readonly key: string;
  readonly wanted: number;
}

type Step =
  | { readonly kind: 'begin'; readonly key: string }
  | { readonly kind: 'page'; readonly key: string; readonly answer: SearchAnswer }
  | { readonly kind: 'failed'; readonly key: string; readonly problem: Problem }
  | { readonly kind: 'more' };

/** The server looks through a lot of mailboxes after the other, and what was deleted last; people read by date, across all. */
const newestFirst = (a: SearchHit, b: SearchHit): number =>
  (itemMoment(b.item) ?? '').localeCompare(itemMoment(a.item) ?? '');

const begun = (key: string): Held => ({
  key,
  wanted: handful,
  hits: [],
  looking: true,
  hasMore: false,
  last: undefined,
  incomplete: [],
  problem: undefined,
});

function next(held: Held, step: Step): Held {
  if (step.kind === 'begin') return begun(step.key);
  if (step.kind === 'more') return { ...held, wanted: held.hits.length + handful, looking: true, hasMore: false };
  // An answer to an earlier question comes too late.
  if (step.key !== held.key) return held;
  if (step.kind === 'failed') return { ...held, looking: false, problem: step.problem };
  const hits = [...held.hits, ...step.answer.value].toSorted(newestFirst);
  const known = new Set(held.incomplete.map(({ resourceId }) => resourceId));
  const incomplete = [
    ...held.incomplete,
    ...(step.answer.incomplete ?? []).filter(({ resourceId }) => !known.has(resourceId)),
  ];
  const more = step.answer.nextPageToken !== undefined;
  const enough = hits.length >= held.wanted;
  return {
    ...held,
    hits,
    incomplete,
    last: step.answer,
    looking: more && !enough,
    hasMore: more && enough,
    problem: undefined,
  };
}

/** Looks page after page and shows what is found on the way; `query` undefined: nothing is looked for. */
export function useSearch(
  query: SearchQuery | undefined,
): Search & { readonly more: () => void; readonly retry: () => void } {
  const api = useApi();
  const key = query === undefined ? '' : JSON.stringify(query);
  const [held, tell] = useReducer(next, key, begun);
  useEffect(() => tell({ kind: 'begin', key }), [key]);

  const { looking } = held;
  const token = held.last?.nextPageToken;
  const isCurrent = held.key === key;
  useEffect(() => {
    if (key === '' || !looking || !isCurrent) return undefined;
    const stop = new AbortController();
    const asked = JSON.parse(key) as SearchQuery;
    const read = async (): Promise<void> => {
      try {
        const page = token === undefined ? {} : { pageToken: token };
        const answer = await api.call('search', { query: { ...asked, ...page } }, { signal: stop.signal });
        tell({ kind: 'page', key, answer });
      } catch (error) {
        if (!stop.signal.aborted) tell({ kind: 'failed', key, problem: problemOf(error) });
      }
    };
    void read();
    return () => stop.abort();
  }, [api, key, looking, token, isCurrent]);

  const { key: _, wanted: __, ...shown } = isCurrent ? held : begun(key);
  return {
    ...shown,
    looking: key !== '' && shown.looking,
    more: useCallback(() => tell({ kind: 'more' }), []),
    retry: useCallback(() => tell({ kind: 'begin', key }), [key]),
  };
}
