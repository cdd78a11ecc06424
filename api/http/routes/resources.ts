import type { Resource } from '../../../contract/resources.ts';
import { covers, isInForce, type LegalHold } from '../../../engine/model/hold.ts';
import { instant, type Instant, type ResourceId, type UserId } from '../../../engine/model/ids.ts';
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
      const unreadable = new Set<ResourceId>();
      const page = await cutPages(
        async (token) => {
          const read = await services.records.resources.list(
            {
              ...(query.workload === undefined ? {} : { workload: query.workload }),
              ...(query.state === undefined ? {} : { state: query.state }),
              ...(query.q === undefined ? {} : { q: query.q }),
              ...(owner === undefined ? {} : { ownerId: owner }),
            },
            token,
          );
          for (const id of read.unreadable) unreadable.add(id);
          return read;
        },
        // The filter above is the list's; whether somebody may see a resource is decided here alone.
        (resource) =>
          maySee(caller, resource, settings) &&
          (query.owner === undefined || query.owner === resource.ownerId) &&
          (query.nothingToCopy === undefined || query.nothingToCopy === hasNothingToCopy(resource))
            ? resource
            : undefined,
        { size: query.pageSize, token: query.pageToken },
      );
      const care = seesTenant(caller) ? await careOf(services, caller) : undefined;
      return json({
        ...page,
        ...(seesTenant(caller) && unreadable.size > 0 ? { unreadable: [...unreadable] } : {}),
        value: await Promise.all(
          page.value.map(async (resource) => ({
            ...presentResource(resource, await newestPoint(services, resource.id)),
            ...care?.(resource),
          })),
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
      const seesHolds = maySeeHolds(caller);
      const page = await cutPages(
        async (token) => {
          const { points, nextPageToken } = await services.repository.points.list(resource.id, token);
          return { value: points, ...(nextPageToken === undefined ? {} : { nextPageToken }) };
        },
        (point) => presentPoint(point, verdicts?.get(point.id), seesHolds),
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
  const [care, lastCopyEnds] = await Promise.all([careOf(services, caller), lastCopyOf(services, resource)]);
  return { ...presented, ...care(resource), ...(lastCopyEnds === undefined ? {} : { lastCopyEnds }) };
}

/** Nobody knows where a row of its points does not open; that is told by itself. */
async function lastCopyOf({ retention }: Services, resource: ProtectedResource): Promise<Instant | undefined> {
  try {
    return (await retention.explain(resource)).lastCopyEnds;
  } catch (error) {
    if (!isFault(error, 'corrupt', 'missing', 'unsupported')) throw error;
    return undefined;
  }
}

/** Who lists holds; of everybody else somebody may be held. */
const maySeeHolds = (caller: Caller): boolean => hasRole(caller, 'admin', 'auditor');

type Care = Pick<Resource, 'held' | 'heldUntil' | 'expiryPaused' | 'expiryRefused' | 'damaged'>;

/** What is held, paused or damaged, as those see it who see the whole tenant: read once, however many resources are asked for. */
async function careOf(services: Services, caller: Caller): Promise<(resource: ProtectedResource) => Care> {
  const now = instant(services.clock.now());
  const [brakes, holds, damage, refusals] = await Promise.all([
    services.records.brakes.list(),
    maySeeHolds(caller) ? services.records.holds.list() : [],
    Array.fromAsync(services.repository.damage.counts()),
    services.retention.refusals(),
  ]);
  const inForce = holds.map(({ value }) => value).filter((hold) => isInForce(hold, now));
  const paused = new Map(brakes.map(({ value: { resourceId, ...facts } }) => [resourceId, facts]));
  const damaged = new Map(damage.map(({ resource, ...counts }) => [resource, counts]));
  const refused = new Map(refusals.map(({ resource, ...facts }) => [resource, facts]));
  return (resource) => {
    const expiryRefused = refused.get(resource.id) ?? refused.get(undefined);
    const expiryPaused = paused.get(resource.id);
    const counts = damaged.get(resource.id);
    return {
      ...heldBy(inForce.filter((hold) => covers(hold, resource))),
      ...(expiryPaused === undefined ? {} : { expiryPaused }),
      ...(expiryRefused === undefined ? {} : { expiryRefused }),
      ...(counts === undefined ? {} : { damaged: counts }),
    };
  };
}

/** It is free when the last of them ends; where one has no end, nobody knows when. */
function heldBy(holds: readonly LegalHold[]): Care {
  if (holds.length === 0) return {};
  const ends = holds.flatMap(({ until }) => until ?? []).toSorted();
  const last = ends.length === holds.length ? ends.at(-1) : undefined;
  return { held: true, ...(last === undefined ? {} : { heldUntil: last }) };
}

async function verdictsOn({ retention }: Services, resource: ProtectedResource) {
  const { points } = await retention.explain(resource);
  return new Map(points.map((verdict) => [verdict.point.id, verdict]));
}

export async function newestPoint(services: Services, resource: ResourceId): Promise<RestorePoint | undefined> {
  try {
    return await services.repository.points.find(resource, 'latest');
  } catch (error) {
    // A row that does not open is told where retention, backups and verifications meet it, and hides no other resource.
    if (isFault(error, 'not-found', 'corrupt')) return undefined;
    throw error;
  }
}
