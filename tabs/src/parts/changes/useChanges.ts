import { useCallback } from 'react';
import type { WaitingChange } from '../../../../contract/retention.ts';
import { useMe } from '../../app/person.ts';
import { useRoute, valueOf } from '../../client/useRoute.ts';
import type { Loaded } from '../../client/useRoute.ts';
import { isOpenChange } from './openChange.ts';

const pace = 15_000;

export interface Changes {
  readonly read: Loaded<unknown>;
  /** Newest first; empty for readers who may not see them, and while they are on their way. */
  readonly all: readonly WaitingChange[];
  readonly open: readonly WaitingChange[];
  readonly refresh: () => void;
}

/** Changes that make protection weaker, as administrators and auditors see them. */
export function useChanges(): Changes {
  const me = useMe();
  const read = useRoute('listWaitingChanges', me.can.seeAudit === 'all' ? { query: { pageSize: 200 } } : undefined, {
    every: () => pace,
  });
  const all = valueOf(read)?.value ?? [];
  const refresh = useCallback(() => {
    if (read.state === 'ready') read.refresh();
    if (read.state === 'failed') read.retry();
  }, [read]);
  return { read, all, open: all.filter(isOpenChange), refresh };
}
