import type { RestoreRequest } from '../../../../../contract/restore.ts';
import { useTexts } from '../../../app/texts.tsx';
import type { TextKey } from '../../../app/texts.tsx';
import { PersonName } from '../../../parts/personNames.tsx';
import { ResourceName, useResourceName } from '../shared/resourceNames.tsx';

/** Whose data it is. */
export function Owners({ owners }: { owners: readonly string[] }) {
  return owners.map((owner, at) => (
    <span key={owner}>
      {at > 0 && ', '}
      <bdi>
        <PersonName id={owner} />
      </bdi>
    </span>
  ));
}

/** What was chosen, in words. */
export function Chosen({ request: { selection } }: { request: RestoreRequest }) {
  const text = useTexts();
  if ('items' in selection) return text('recent.restoreNote', { count: selection.items.length });
  if ('folders' in selection) return text('activity.restore.folders', { count: selection.folders.length });
  if ('query' in selection) return text('activity.restore.query', { q: selection.query.q });
  return (
    <>
      {text('activity.restore.whole')} <ResourceName id={selection.resourceId} />
    </>
  );
}

/** Where it goes. */
export function Destination({ destination }: { destination: RestoreRequest['destination'] }) {
  const text = useTexts();
  const resource = useResourceName(destination.kind === 'resource' ? destination.resourceId : undefined);
  if (destination.kind === 'resource')
    return text(destination.name === undefined ? 'activity.to.resource' : 'activity.to.resourceFolder', {
      resource,
      folder: destination.name ?? '',
    });
  if (destination.kind === 'newFolder' && destination.name !== undefined)
    return text('activity.to.namedFolder', { folder: destination.name });
  return text(`activity.to.${destination.kind}` as TextKey);
}
