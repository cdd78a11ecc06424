import type { WaitingChange } from '../../../../contract/retention.ts';
import { useTexts } from '../../app/texts.tsx';
import { useRoute, valueOf } from '../../client/useRoute.ts';
import { useHolds } from '../holds/useHolds.ts';
import { useHoldTarget } from '../holds/HoldTargetName.tsx';

/** What somebody wishes for, in a few words: `Keep less with Everything`. */
export function useChangeTitle({ wish }: Pick<WaitingChange, 'wish'>): string {
  const text = useTexts();
  const policy = useRoute(
    'getPolicy',
    wish.kind === 'shorterRetention' ? { params: { id: wish.policyId } } : undefined,
  );
  const resource = useRoute(
    'getResource',
    wish.kind === 'giveUpPoint' ? { params: { id: wish.resourceId } } : undefined,
  );
  const { all } = useHolds(wish.kind === 'releaseHold');
  const hold = wish.kind === 'releaseHold' ? all.find(({ id }) => id === wish.holdId) : undefined;
  const target = useHoldTarget(hold?.on);
  switch (wish.kind) {
    case 'shorterRetention':
      return text('change.shorter', { policy: valueOf(policy)?.name ?? text('policy.one') });
    case 'releaseHold':
      return hold === undefined ? text('change.release') : text('change.releaseOf', { reason: hold.reason, target });
    case 'rotateKeys':
      return text('change.rotate');
    case 'giveUpPoint':
      return text('change.giveUp', { name: valueOf(resource)?.name ?? '' });
  }
}
