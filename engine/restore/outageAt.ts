import type { Connector, ContainerStep, RestoreContext } from '../connector.ts';
import { isFault, type Fault } from '../fault.ts';
import type { ProtectedResource } from '../model/resource.ts';

/** Where an item was to go. */
export interface Target {
  readonly connector: Connector;
  readonly place: ProtectedResource;
  readonly path: readonly ContainerStep[];
}

/** These concern the job, whatever raised them. */
const ofTheJob = ['cancelled', 'stale-fence', 'key-unavailable'] as const;

/**
 * Is it Microsoft 365 that does not answer, or only this item that gets none? After an item's last attempt the outermost
 * folder of its path is looked at: one cheap call that has nothing to do with the item. When that gets no answer either,
 * or is asked to wait, the trouble is answered for which the whole request waits; else undefined, and the item fails
 * alone. Items that fail in a row are no sign: what one thing made often looks alike, and a service chokes on all of it.
 * The price: a service that answers but takes nothing in costs the items that meet it. What is no answer of the service,
 * such as a host that stops or storage that is away, is thrown: it says nothing about the item.
 */
export async function outageAt(
  { connector, place, path }: Target,
  met: Fault,
  context: RestoreContext,
): Promise<Fault | undefined> {
  try {
    await connector.restore.findContainer(place, path.slice(0, 1), context);
    return undefined;
  } catch (error) {
    if (!isFault(error) || error.origin !== 'graph' || isFault(error, ...ofTheJob)) throw error;
    if (isFault(error, 'unavailable')) return met;
    if (isFault(error, 'throttled')) return error;
    // It answers, if only with a no.
    return undefined;
  }
}
