import type { Page } from '../records/records.ts';

/** Everything that a paged list holds, page after page. */
export async function* allPages<T>(list: (pageToken?: string) => Promise<Page<T>>): AsyncGenerator<T> {
  let page = await list();
  for (;;) {
    yield* page.value;
    if (page.nextPageToken === undefined) return;
    page = await list(page.nextPageToken);
  }
}
