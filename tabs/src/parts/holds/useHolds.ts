import type { Resource } from '../../../../contract/resources.ts';
import type { Hold } from '../../../../contract/retention.ts';
import { useMe } from '../../app/person.ts';
import { useApi } from '../../client/apiContext.ts';
import { readAll } from '../../client/readAll.ts';
import { useReading, valueOf } from '../../client/useRoute.ts';
import type { Loaded } from '../../client/useRoute.ts';

/** Legal holds, those in force first. `wanted` false, or a reader who may not see them: nothing is asked. */
export function useHolds(wanted = true): {
  readonly read: Loaded<unknown>;
  readonly all: readonly Hold[];
  readonly refresh: () => void;
} {
  const me = useMe();
  const api = useApi();
  // To the end of the list: a hold that is left out is one that somebody takes for released.
  const read = useReading(wanted && me.can.seeAudit === 'all' ? 'holds' : undefined, (signal) =>
    readAll(api, 'listHolds', { query: {} }, Number.POSITIVE_INFINITY, signal),
  );
  return {
    read,
    all: valueOf(read)?.value ?? [],
    refresh: () => {
      if (read.state === 'ready') read.refresh();
      if (read.state === 'failed') read.retry();
    },
  };
}

/** Does it mean this resource, by itself or with everything of its owner? */
export const means = ({ on }: Hold, { id, ownerId, sourceId }: Resource): boolean =>
  on.kind === 'resource'
    ? on.sourceId === id
    : on.sourceId === sourceId || (on.kind === 'user' && on.sourceId === ownerId);
