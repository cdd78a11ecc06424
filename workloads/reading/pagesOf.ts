import type { ZodType } from 'zod';
import { Fault } from '../../engine/fault.ts';
import type { CallOptions, Graph } from '../../graph/index.ts';
import { createLoopGuard, PAGE_LOOP } from './loopGuard.ts';

/** Everything of a collection, page by page. Fault `unavailable` with code `PageLoop` when it goes in circles. */
export async function* pagesOf<Item>(
  graph: Graph,
  item: ZodType<Item>,
  path: string,
  { query, ...options }: CallOptions,
): AsyncGenerator<Item> {
  const isLooping = createLoopGuard();
  let link: string | undefined;
  do {
    const page = await graph.page(item, link ?? path, {
      ...options,
      ...(link === undefined && query !== undefined ? { query } : {}),
    });
    yield* page.value;
    link = page.nextLink;
    if (link !== undefined && isLooping(link))
      throw new Fault('unavailable', 'Microsoft Graph gives the same page of a list again and again', {
        origin: 'graph',
        code: PAGE_LOOP,
      });
  } while (link !== undefined);
}
