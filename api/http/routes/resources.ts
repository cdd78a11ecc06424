import type { ResourceId, UserId } from '../../../engine/model/ids.ts';
import { isFault } from '../../../engine/fault.ts';
import type { RestorePoint } from '../../../engine/model/point.ts';
import { hasNothingToCopy } from '../../../engine/model/resource.ts';
import type { ProtectedResource } from '../../../engine/model/resource.ts';
import { maySee, seesTenant, sharedSettings } from '../../access.ts';
import type { Services } from '../../services.ts';
import { json } from '../answer.ts';
import { audit } from '../audit.ts';
import { findResource } from '../find.ts';
import type { Handlers } from '../handler.ts';
import { cutPages } from '../paging.ts';
import { presentPoint, presentResource } from '../present.ts';

export const resourceRoutes: Handlers<'listResources' | 'getResource' | 'startResourceRun' | 'listPoints'> = {
  listResources:
    async ({ services, caller }) =>
    async ({ query }) => {
      const settings = await sharedSettings(services.records);
      const owner = seesTenant(caller) ? query.owner : caller.id;
      const page = await cutPages(
        (token) =>
          services.records.resources.list(
            {
              ...(query.workload === undefined ? {} : { workload: query.workload }),
              ...(query.state === undefined ? {} : { state: query.state }),
              ...(query.q === undefined ? {} : { q: query.q }),
              ...(owner === undefined ? {} : { ownerId: owner }),
            },
            token,
          ),
        // The filter above is the list's; whether somebody may see a resource is decided here alone.
        (resource) =>
          maySee(caller, resource, settings) &&
          (query.owner === undefined || query.owner === resource.ownerId) &&
          (query.nothingToCopy === undefined || query.nothingToCopy === hasNothingToCopy(resource))
            ? resource
            : undefined,
        { size: query.pageSize, token: query.pageToken },
      );
      return json({ ...page, value: await Promise.all(page.value.map((resource) => shown(services, resource))) });
    },

  getResource: async ({ services, caller, params }) => {
    const { resource } = await findResource(services, caller, params.id);
    return async () => json(await shown(services, resource));
  },

  startResourceRun: async (asked) => {
    const { services, caller, params } = asked;
    const { resource } = await findResource(services, caller, params.id);
    return async () => {
      const id = await services.backup.startResourceRun(resource.id, caller.id as UserId);
      await audit(asked, 'run.start', { run: id, resource: resource.id });
      return json({ id }, 202, { Location: `/api/runs/${id}` });
    };
  },

  listPoints: async ({ services, caller, params }) => {
    const { resource } = await findResource(services, caller, params.id);
    return async ({ query }) => {
      const page = await cutPages(
        async (token) => {
          const { points, nextPageToken } = await services.repository.points.list(resource.id, token);
          return { value: points, ...(nextPageToken === undefined ? {} : { nextPageToken }) };
        },
        presentPoint,
        { size: query.pageSize, token: query.pageToken },
      );
      return json(page);
    };
  },
};

const shown = async (services: Services, resource: ProtectedResource) =>
  presentResource(resource, await newestPoint(services, resource.id));

export async function newestPoint(services: Services, resource: ResourceId): Promise<RestorePoint | undefined> {
  try {
    return await services.repository.points.find(resource, 'latest');
  } catch (error) {
    if (isFault(error, 'not-found')) return undefined;
    throw error;
  }
}
