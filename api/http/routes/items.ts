import { z } from 'zod';
import type { Item } from '../../../contract/resources.ts';
import { isFault } from '../../../engine/fault.ts';
import type { ItemId, ResourceId } from '../../../engine/model/ids.ts';
import type { Entry } from '../../../engine/model/item.ts';
import type { PointReader } from '../../../engine/repository/repository.ts';
import { maySeeNames } from '../../access.ts';
import type { Services } from '../../services.ts';
import { json } from '../answer.ts';
import { findItem, findResource, versionsOf } from '../find.ts';
import type { Handlers } from '../handler.ts';
import { cutPages, decodePlace, defaultPageSize, encodePlace } from '../paging.ts';
import { presentItem, presentVersion } from '../present.ts';
import { badInput, notFound } from '../problem.ts';

export const itemRoutes: Handlers<'listItems' | 'getItem' | 'listVersions'> = {
  listItems: async ({ services, caller, params }) => {
    const { resource, settings } = await findResource(services, caller, params.id);
    const showNames = maySeeNames(caller, resource, settings);
    return async ({ query }) => {
      const size = query.pageSize ?? defaultPageSize;
      const listing = { services, resource: resource.id, showNames, size, token: query.pageToken };
      const parent = query.parent as ItemId | undefined;
      const at = query.at ?? 'latest';
      if (query.deleted !== true) return json(await folderItems({ ...listing, at, parent }));
      if (at !== 'latest')
        throw badInput([
          {
            field: 'at',
            message: 'cannot go with deleted: what was deleted is listed as of now. Leave at or deleted out',
          },
        ]);
      return json(await deletedItems({ ...listing, parent }));
    };
  },

  getItem: async ({ services, caller, params }) => {
    const { resource, settings } = await findResource(services, caller, params.id);
    return async ({ query }) => {
      const found = await findItem(services, resource.id, params.itemId as ItemId, query.at);
      const [parents, count] = await Promise.all([
        found.reader.path(found.entry.parentId),
        versionCount(services, resource.id, found.entry.id),
      ]);
      return json(
        presentItem(found.entry, {
          parents,
          versionCount: count,
          showNames: maySeeNames(caller, resource, settings),
          ...(found.deletedAt === undefined ? {} : { deletedAt: found.deletedAt }),
        }),
      );
    };
  },

  listVersions: async ({ services, caller, params }) => {
    const { resource, settings } = await findResource(services, caller, params.id);
    const versions = await versionsOf(services, resource.id, params.itemId as ItemId);
    if (versions.length === 0) throw notFound('item');
    return async ({ query }) => {
      const newestFirst = versions.toSorted((a, b) => b.validFrom.localeCompare(a.validFrom));
      const showNames = maySeeNames(caller, resource, settings);
      const page = await cutPages(
        async () => ({ value: newestFirst }),
        (version) => version,
        { size: query.pageSize, token: query.pageToken },
      );
      const place = (version: (typeof newestFirst)[number], parents: readonly Entry[]) =>
        presentVersion(version, {
          parents,
          showNames,
          versionCount: versions.length,
        });
      const value = await Promise.all(
        page.value.map(async (version) => {
          const reader = await services.repository.points.open(resource.id, version.fromPoint);
          return place(version, await reader.path(version.entry.parentId));
        }),
      );
      return json({ ...page, value });
    };
  },
};

interface Listing {
  readonly services: Services;
  readonly resource: ResourceId;
  readonly showNames: boolean;
  readonly size: number;
  readonly token: string | undefined;
}
interface ItemPage {
  readonly value: readonly Item[];
  readonly nextPageToken?: string;
}

/** First the containers by offset, then the items by the page token of the restore point. */
const folderPlace = z.strictObject({ p: z.string(), c: z.number().int().min(0).optional(), t: z.string().optional() });

async function folderItems({
  services,
  resource,
  showNames,
  size,
  token,
  at,
  parent,
}: Listing & { readonly at: string; readonly parent: ItemId | undefined }): Promise<ItemPage> {
  const place = decodePlace(folderPlace, token);
  const reader = await openPoint(services, resource, place?.p ?? at);
  const containers = await reader.containers();
  if (parent !== undefined && !containers.some(({ id }) => id === parent)) throw notFound('folder at this moment');
  const parents = await reader.path(parent);
  const point = reader.point.id;

  const from = place === undefined ? 0 : place.c;
  const inside = from === undefined ? [] : containers.filter((container) => container.parentId === parent).slice(from);
  const first = inside.slice(0, size);
  const more = inside.length > size;
  const left = size - first.length;
  const items =
    more || left === 0
      ? undefined
      : await reader.folder(parent, { limit: left, ...(place?.t === undefined ? {} : { token: place.t }) });

  const entries = [...first, ...(items?.entries ?? [])];
  const value = await Promise.all(entries.map((entry) => present(services, resource, entry, { parents, showNames })));
  if (more) return { value, nextPageToken: encodePlace({ p: point, c: (from ?? 0) + size }) };
  if (items === undefined)
    return { value, nextPageToken: encodePlace({ p: point, ...(place?.t === undefined ? {} : { t: place.t }) }) };
  return {
    value,
    ...(items.nextPageToken === undefined ? {} : { nextPageToken: encodePlace({ p: point, t: items.nextPageToken }) }),
  };
}

/** Of one folder, be it deleted too, or without `parent` all of the resource. */
async function deletedItems({
  services,
  resource,
  showNames,
  size,
  token,
  parent,
}: Listing & { readonly parent: ItemId | undefined }): Promise<ItemPage> {
  if (parent !== undefined && !(await versionsOf(services, resource, parent)).some(({ entry }) => entry.container))
    throw notFound('folder');
  const page = await cutPages(
    async (inner) => {
      const { versions, nextPageToken } = await services.repository.catalog.deleted(resource, inner);
      return { value: versions, ...(nextPageToken === undefined ? {} : { nextPageToken }) };
    },
    (version) => (parent === undefined || version.entry.parentId === parent ? version : undefined),
    { size, token },
  );
  const value = await Promise.all(
    page.value.map(async (version) => {
      const reader = await services.repository.points.open(resource, version.fromPoint);
      const parents = await reader.path(version.entry.parentId);
      return present(services, resource, version.entry, {
        parents,
        showNames,
        ...(version.validTo === undefined ? {} : { deletedAt: version.validTo }),
      });
    }),
  );
  return { ...page, value };
}

async function present(
  services: Services,
  resource: ResourceId,
  entry: Omit<Entry, 'streams'>,
  place: { readonly parents: readonly Entry[]; readonly showNames: boolean; readonly deletedAt?: string },
): Promise<Item> {
  return presentItem(entry, { ...place, versionCount: await versionCount(services, resource, entry.id) });
}

/** What is shown is one state at least, also while the catalog does not know it yet. */
const versionCount = async (services: Services, resource: ResourceId, item: ItemId): Promise<number> =>
  Math.max(1, (await services.repository.catalog.versions(resource, item)).length);

async function openPoint(services: Services, resource: ResourceId, at: string): Promise<PointReader> {
  try {
    const point = await services.repository.points.find(resource, at);
    return await services.repository.points.open(resource, point.id);
  } catch (error) {
    if (isFault(error, 'not-found')) throw notFound('restore point');
    throw error;
  }
}
