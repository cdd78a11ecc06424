import { useMemo } from 'react';
import { addressOf } from '../../app/routing.ts';
import { useTexts } from '../../app/texts.tsx';
import { useRoute, valueOf } from '../../client/useRoute.ts';
import { Moods } from '../../parts/Moods.tsx';
import { PageHeader } from '../../parts/PageHeader.tsx';
import { PolicyEditor } from './PolicyEditor.tsx';

/** One policy, to look at or to change; `new` begins an empty one. */
export function PolicyPage({ id }: { id: string }) {
  const text = useTexts();
  const isNew = id === 'new';
  const read = useRoute('getPolicy', isNew ? undefined : { params: { id } });
  const crumbs = useMemo(
    () => [
      { name: text('page.protection'), address: addressOf('protection') },
      { name: text('protection.policies'), address: addressOf('protection', ['policies']) },
    ],
    [text],
  );
  return (
    <>
      <PageHeader
        title={isNew ? text('policy.new') : (valueOf(read)?.name ?? text('policy.one'))}
        crumbs={crumbs}
        {...(isNew ? {} : { fresh: read })}
      />
      {isNew ? (
        <PolicyEditor />
      ) : (
        <Moods
          of={read}
          missing={{
            title: text('missing.policy'),
            list: text('protection.policies'),
            address: addressOf('protection', ['policies']),
          }}
        >
          {(policy) => (
            <PolicyEditor
              // What somebody typed stays while the same version is read again; a newer version begins anew.
              key={policy.etag}
              policy={policy}
              onReload={() => read.state === 'ready' && read.refresh()}
            />
          )}
        </Moods>
      )}
    </>
  );
}
