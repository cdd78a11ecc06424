import type { ApiClient } from '../../../../../contract/client.ts';
import type { Item } from '../../../../../contract/resources.ts';
import { useApi } from '../../../client/apiContext.ts';
import { useReading } from '../../../client/useRoute.ts';
import type { Loaded } from '../../../client/useRoute.ts';

/** Containers come first in every listing, so that reading ends at the first thing that is none. */
async function readFolders(
  api: ApiClient,
  resourceId: string,
  at: string,
  parent: string | undefined,
  signal: AbortSignal,
): Promise<Item[]> {
  const folders: Item[] = [];
  let pageToken: string | undefined;
  do {
    const query = {
      at,
      pageSize: 200,
      ...(parent === undefined ? {} : { parent }),
      ...(pageToken === undefined ? {} : { pageToken }),
    };
    const page = await api.call('listItems', { params: { id: resourceId }, query }, { signal });
    const found = page.value.filter(({ container }) => container);
    folders.push(...found);
    pageToken = found.length === page.value.length ? page.nextPageToken : undefined;
  } while (pageToken !== undefined);
  return folders;
}

/** The folders in a folder, at a moment. */
export function useFolders(resourceId: string, at: string, parent: string | undefined, wanted = true): Loaded<Item[]> {
  const api = useApi();
  return useReading(wanted ? `folders ${resourceId} ${at} ${parent ?? ''}` : undefined, (signal) =>
    readFolders(api, resourceId, at, parent, signal),
  );
}
