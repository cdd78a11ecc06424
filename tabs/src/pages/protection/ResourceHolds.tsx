import type { Resource } from '../../../../contract/resources.ts';
import { useChanges } from '../../parts/changes/useChanges.ts';
import { HoldNotice } from '../../parts/holds/HoldNotice.tsx';
import { means, useHolds } from '../../parts/holds/useHolds.ts';

/** The holds in force that mean this resource, each with the way to end it. */
export function ResourceHolds({ resource, onChanged }: { resource: Resource; onChanged: () => void }) {
  const holds = useHolds();
  const changes = useChanges();
  const changed = (): void => {
    holds.refresh();
    changes.refresh();
    onChanged();
  };
  return holds.all
    .filter((hold) => hold.inForce && means(hold, resource))
    .map((hold) => (
      <HoldNotice
        key={hold.id}
        hold={hold}
        release={changes.open.find(({ wish }) => wish.kind === 'releaseHold' && wish.holdId === hold.id)}
        onChanged={changed}
      />
    ));
}
