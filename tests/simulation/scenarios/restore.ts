import { isFault } from '../../../engine/fault.ts';
import type { RequestId, ResourceId, UserId } from '../../../engine/model/ids.ts';
import type { RestoreRequest } from '../../../engine/model/restoreRequest.ts';
import type { Actor, NewRestoreRequest } from '../../../engine/restore/restoreFlow.ts';
import type { World } from '../kernel/world.ts';

export const anna = (world: World): Actor => ({
  id: world.land.tenant.people.id('anna') as UserId,
  name: 'Anna',
  roles: [],
});

/** Everything of one resource. */
export const wholeResource = (world: World, workload: 'mail' | 'drive'): Promise<ResourceId> =>
  world.ask(async ({ services }) => {
    const [resource] = (await services.records.resources.list({ workload })).value;
    if (resource === undefined) throw new Error(`Nothing of ${workload} is protected`);
    return resource.id;
  });

/** Somebody wishes, looks at the plan, and starts it; presses again as long as there is no answer. Answers how it ended. */
export async function restore(world: World, wish: NewRestoreRequest): Promise<RestoreRequest> {
  const actor = anna(world);
  const { id } = await world.ask(({ services }) => services.restore.create(actor, wish, `${actor.id}/wish`));
  for (;;) {
    const request = await step(world, actor, id);
    if (isOver(request)) return request;
    await world.time.sleep(30_000);
  }
}

const step = (world: World, actor: Actor, id: RequestId): Promise<RestoreRequest> =>
  world.ask(async ({ services }) => {
    const request = await services.restore.get(actor, id);
    if (request.state !== 'ready') return request;
    // A press that came too late did what it was to do.
    return services.restore.run(actor, id).catch((error: unknown) => {
      if (isFault(error, 'conflict')) return services.restore.get(actor, id);
      throw error;
    });
  });

const isOver = ({ state }: RestoreRequest): boolean =>
  state === 'done' || state === 'failed' || state === 'cancelled' || state === 'expired';
