import type { ApiClient, RouteInput, RouteOutput } from '../../../contract/client.ts';
import type { ListName } from './usePages.ts';

/** Reads a list to its end, or to `most` elements; `complete` says which. */
export async function readAll<Name extends ListName>(
  api: ApiClient,
  name: Name,
  input: RouteInput<Name>,
  most: number,
  signal?: AbortSignal,
): Promise<{ readonly value: RouteOutput<Name>['value']; readonly complete: boolean }> {
  const value: RouteOutput<Name>['value'][number][] = [];
  let pageToken: string | undefined;
  do {
    const query = { ...input.query, pageSize: 200, ...(pageToken === undefined ? {} : { pageToken }) };
    const page = await api.call(name, { ...input, query }, signal === undefined ? {} : { signal });
    value.push(...page.value);
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined && value.length < most);
  return { value: value as RouteOutput<Name>['value'], complete: pageToken === undefined };
}
