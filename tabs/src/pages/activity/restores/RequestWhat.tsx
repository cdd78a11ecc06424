import { Fragment } from 'react';
import type { Party as Named, RestoreRequest } from '../../../../../contract/restore.ts';
import { useTexts } from '../../../app/texts.tsx';
import type { TextKey } from '../../../app/texts.tsx';
import { PersonName } from '../../../parts/personNames.tsx';
import { ResourceName, useResourceName } from '../../../parts/resourceNames.tsx';
import { newFolderWords } from './requestFacts.ts';

/** Whose data it is. A request says the names itself: an approver need not be somebody who may look people up. */
export function Owners({ request, form = 'name' }: { request: RestoreRequest; form?: 'name' | 'address' }) {
  const { sources, owners } = request;
  if (sources !== undefined && sources.length > 0)
    return sources.map((source, at) => (
      <Fragment key={source.id}>
        {at > 0 && ', '}
        <Party party={source} form={form} />
      </Fragment>
    ));
  return owners.map((owner, at) => (
    <Fragment key={owner}>
      {at > 0 && ', '}
      <bdi>
        <PersonName id={owner} />
      </bdi>
    </Fragment>
  ));
}

/** Two people may have one name; the address tells them apart where somebody decides. */
function Party({ party: { name, address }, form }: { party: Named; form: 'name' | 'address' }) {
  const text = useTexts();
  return <bdi>{form === 'name' || address === undefined ? name : text('person.full', { name, address })}</bdi>;
}

/** What was chosen, in words. */
export function Chosen({ request: { selection, sources } }: { request: RestoreRequest }) {
  const text = useTexts();
  if ('items' in selection) return text('recent.restoreNote', { count: selection.items.length });
  if ('folders' in selection) return text('activity.restore.folders', { count: selection.folders.length });
  if ('query' in selection) return text('activity.restore.query', { q: selection.query.q });
  return (
    <>
      {text('activity.restore.whole')} <ResourceName id={selection.resourceId} otherwise={sources?.[0]?.name} />
    </>
  );
}

/** Where it goes. */
export function Destination({ request }: { request: RestoreRequest }) {
  const { destination, target, folder } = request;
  const text = useTexts();
  const resource = useResourceName(destination.kind === 'resource' ? destination.resourceId : undefined, target?.name);
  if (destination.kind === 'resource')
    return folder === undefined
      ? text('activity.to.resource', { resource })
      : text('activity.to.resourceFolder', { resource, folder });
  if (destination.kind === 'newFolder') return newFolderWords(text, request);
  return text(`activity.to.${destination.kind}` as TextKey);
}
