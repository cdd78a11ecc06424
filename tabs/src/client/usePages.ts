import { useCallback, useState } from 'react';
import type { RouteInput, RouteOutput } from '../../../contract/client.ts';
import type { RouteName } from '../../../contract/paths.ts';
import { useApi } from './apiContext.ts';
import { problemOf } from './problemOf.ts';
import type { Problem } from '../../../contract/problem.ts';
import { useRoute, valueOf } from './useRoute.ts';
import type { Loaded, Reading } from './useRoute.ts';

interface Page<T> {
  readonly value: readonly T[];
  readonly nextPageToken?: string | undefined;
}

/** Routes that answer a list in pages. */
export type ListName = {
  [Name in RouteName]: RouteOutput<Name> extends { readonly value: readonly unknown[] }
    ? RouteInput<Name> extends { readonly query?: { readonly pageToken?: string | undefined } | undefined }
      ? Name
      : never
    : never;
}[RouteName];
type ElementOf<Name extends ListName> = RouteOutput<Name>['value'][number];

export interface Pages<T> {
  readonly first: Loaded<unknown>;
  /** Everything read so far, first page first. */
  readonly rows: readonly T[];
  readonly hasMore: boolean;
  readonly more: () => Promise<void>;
  readonly loadingMore: boolean;
  readonly problem: Problem | undefined;
}

/** A list, page after page. When the first page is read anew with other content, the pages behind it start anew. */
export function usePages<Name extends ListName>(
  name: Name,
  input: RouteInput<Name> | undefined,
  reading?: Reading<RouteOutput<Name>>,
): Pages<ElementOf<Name>> {
  const api = useApi();
  const first = useRoute(name, input, reading);
  const head = valueOf(first) as Page<ElementOf<Name>> | undefined;
  const key = `${name} ${JSON.stringify(input)} ${head?.nextPageToken ?? ''}`;
  const [tail, setTail] = useState<{ readonly key: string; readonly pages: readonly Page<ElementOf<Name>>[] }>({
    key,
    pages: [],
  });
  const [loadingMore, setLoadingMore] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const pages = tail.key === key ? tail.pages : [];
  const token = pages.length === 0 ? head?.nextPageToken : pages.at(-1)?.nextPageToken;

  const more = useCallback(async () => {
    if (token === undefined || input === undefined) return;
    setLoadingMore(true);
    setProblem(undefined);
    try {
      const query = { ...input.query, pageToken: token };
      const page = (await api.call(name, { ...input, query })) as Page<ElementOf<Name>>;
      setTail((last) => ({ key, pages: [...(last.key === key ? last.pages : []), page] }));
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setLoadingMore(false);
    }
  }, [api, name, input, key, token]);

  return {
    first,
    rows: [...(head?.value ?? []), ...pages.flatMap((page) => page.value)],
    hasMore: token !== undefined,
    more,
    loadingMore,
    problem,
  };
}
