import { covers, isInForce } from '../../../engine/model/hold.ts';
import { instant, type ResourceId, type UserId } from '../../../engine/model/ids.ts';
import { isFault } from '../../../engine/fault.ts';
import type { RestorePoint } from '../../../engine/model/point.ts';
import { hasNothingToCopy } from '../../../engine/model/resource.ts';
import type { ProtectedResource } from '../../../engine/model/resource.ts';
import { maySee, seesTenant, sharedSettings } from '../../access.ts';
import type { Services } from '../../services.ts';
import { json } from '../answer.ts';
import { audit } from '../audit.ts';
import { hasRole, type Caller } from '../caller.ts';
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
      return json({
        ...page,
        value: await Promise.all(
          page.value.map(async (resource) => presentResource(resource, await newestPoint(services, resource.id))),
        ),
      });
    },

  getResource: async ({ services, caller, params }) => {
    const { resource } = await findResource(services, caller, params.id);
    return async () => json(await shownResource(services, caller, resource));
  },

  startResourceRun: async (asked) => {
    const { services, caller, params } = asked;
    const { resource } = await findResource(services, caller, params.id);
    return async ({ body }) => {
      const id = await services.backup.startResourceRun(resource.id, caller.id as UserId, {
        compare: body?.compare === true,
      });
      await audit(asked, 'run.start', { run: id, resource: resource.id });
      return json({ id }, 202, { Location: `/api/runs/${id}` });
    };
  },

  listPoints: async ({ services, caller, params }) => {
    const { resource } = await findResource(services, caller, params.id);
    return async ({ query }) => {
      const verdicts = seesTenant(caller) ? await verdictsOn(services, resource) : undefined;
      const page = await cutPages(
        async (token) => {
          const { points, nextPageToken } = await services.repository.points.list(resource.id, token);
          return { value: points, ...(nextPageToken === undefined ? {} : { nextPageToken }) };
        },
        (point) => presentPoint(point, verdicts?.get(point.id)),
        { size: query.pageSize, token: query.pageToken },
      );
      return json(page);
    };
  },
};

/** With what retention says of it, for those who see the whole tenant. */
export async function shownResource(services: Services, caller: Caller, resource: ProtectedResource) {
  const presented = presentResource(resource, await newestPoint(services, resource.id));
  if (!seesTenant(caller)) return presented;
  const now = instant(services.clock.now());
  const [brake, holds, { lastCopyEnds }] = await Promise.all([
    services.records.brakes.get(resource.id),
    hasRole(caller, 'admin', 'auditor') ? services.records.holds.list() : [],
    services.retention.explain(resource),
  ]);
  const held = holds.some(({ value }) => covers(value, resource) && isInForce(value, now));
  const { resourceId: _, ...paused } = brake?.value ?? {};
  return {
    ...presented,
    ...('since' in paused ? { expiryPaused: paused } : {}),
    ...(held ? { held } : {}),
    ...(lastCopyEnds === undefined ? {} : { lastCopyEnds }),
  };
}

async function verdictsOn({ retention }: Services, resource: ProtectedResource) {
  const { points } = await retention.explain(resource);
  return new Map(points.map((verdict) => [verdict.point.id, verdict]));
}

export async function newestPoint(services: Services, resource: ResourceId): Promise<RestorePoint | undefined> {
  try {
    return await services.repository.points.find(resource, 'latest');
  } catch (error) {
    if (isFault(error, 'not-found')) return undefined;
    throw error;
  }
}
