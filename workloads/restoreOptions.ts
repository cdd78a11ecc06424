import type { RestoreContext } from '../engine/connector.ts';
import type { CallContext, Scope } from '../graph/index.ts';

/** Restores go before backups wherever an allowance is shared. */
export const restoreOptions = (scope: Scope, { signal }: RestoreContext): CallContext => ({
  scope,
  priority: 'restore',
  signal,
});
