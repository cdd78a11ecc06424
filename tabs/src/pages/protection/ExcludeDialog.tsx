import { Body1, Field, Textarea } from '@fluentui/react-components';
import { useState } from 'react';
import type { Resource } from '../../../../contract/resources.ts';
import { useTexts } from '../../app/texts.tsx';
import { useApi } from '../../client/apiContext.ts';
import { useAction } from '../../client/useAction.ts';
import { useRoute, valueOf } from '../../client/useRoute.ts';
import { useAnnounce } from '../../parts/announcer.tsx';
import { Confirm } from '../../parts/Confirm.tsx';
import { useWorkloads } from '../../parts/workloads.tsx';

/**
 * Takes a person out of a policy. A policy leaves out people, not single mailboxes, so the dialog names everything of
 * theirs that loses protection.
 */
export function ExcludeDialog({
  resource,
  policyId,
  onClose,
  onDone,
}: {
  resource: Resource;
  policyId: string;
  onClose: () => void;
  onDone: () => void;
}) {
  const text = useTexts();
  const api = useApi();
  const announce = useAnnounce();
  const workloads = useWorkloads();
  const [reason, setReason] = useState('');
  const [asked, setAsked] = useState(false);
  const { ownerId } = resource;
  const own = valueOf(useRoute('listResources', ownerId === undefined ? undefined : { query: { owner: ownerId } }));
  const lost = (own?.value ?? [resource])
    .filter((each) => each.policyId === policyId)
    .map((each) => workloads.label(each.workload));
  const missing = reason.trim() === '';

  const exclude = useAction(async () => {
    const policy = await api.call('getPolicy', { params: { id: policyId } });
    const exclusion = { kind: 'user' as const, sourceId: ownerId ?? resource.sourceId, reason: reason.trim() };
    const scope = { ...policy.scope, exclude: [...policy.scope.exclude, exclusion] };
    return api.call(
      'changePolicy',
      { params: { id: policyId }, body: { scope, etag: policy.etag } },
      { ifMatch: policy.etag },
    );
  });
  const act = async (): Promise<void> => {
    setAsked(true);
    if (missing || (await exclude.run()) === undefined) return;
    announce(text('exclude.done', { name: resource.name }));
    onDone();
    onClose();
  };
  return (
    <Confirm
      title={text('exclude.title', { name: resource.name })}
      action={text('exclude.action')}
      busy={exclude.busy}
      problem={exclude.problem}
      onAct={() => void act()}
      onClose={onClose}
    >
      <Body1>
        {text('exclude.words', { name: resource.name, what: new Intl.ListFormat(text.locale).format(lost) })}
      </Body1>
      <Field
        label={text('exclude.reason')}
        required
        {...(asked && missing ? { validationMessage: text('exclude.reasonMissing') } : {})}
      >
        <Textarea value={reason} maxLength={500} onChange={(_, data) => setReason(data.value)} />
      </Field>
    </Confirm>
  );
}
