import { Body1, Field, Input, Radio, RadioGroup, Textarea } from '@fluentui/react-components';
import { useState } from 'react';
import type { Resource } from '../../../../contract/resources.ts';
import type { Hold, HoldDraft } from '../../../../contract/retention.ts';
import { useTexts } from '../../app/texts.tsx';
import { useApi } from '../../client/apiContext.ts';
import { useAction } from '../../client/useAction.ts';
import { endOfDay } from '../dayRange.ts';
import { useAnnounce } from '../announcer.tsx';
import { ChangeThen } from '../changes/ChangeThen.tsx';
import { useAskedWords } from '../changes/useAskedWords.ts';
import { Confirm } from '../Confirm.tsx';
import { useWorkloads } from '../workloads.tsx';
import { useHoldTarget } from './HoldTargetName.tsx';
import { TargetFields } from './TargetFields.tsx';

type Target = HoldDraft['on'];

/** Sets a hold: on somebody who is looked for, or, from a page of theirs, on `resource` or everything of its owner. */
export function SetHoldDialog({
  resource,
  onClose,
  onDone,
}: {
  resource?: Resource;
  onClose: () => void;
  onDone: () => void;
}) {
  const text = useTexts();
  const api = useApi();
  const announce = useAnnounce();
  const [chosen, setChosen] = useState<Target>();
  const [whole, setWhole] = useState(resource?.ownerId !== undefined);
  const [reason, setReason] = useState('');
  const [until, setUntil] = useState('');
  const [tried, setTried] = useState(false);
  const on = resource === undefined ? chosen : targetOf(resource, whole);
  const isReasonMissing = reason.trim() === '';
  const isOver = until !== '' && endOfDay(until) <= new Date().toISOString();

  const set = useAction((target: Target) =>
    api.call('setHold', {
      body: { on: target, reason: reason.trim(), ...(until === '' ? {} : { until: endOfDay(until) }) },
    }),
  );
  const act = async (): Promise<void> => {
    setTried(true);
    if (on === undefined || isReasonMissing || isOver) return;
    const hold = await set.run(on);
    if (hold === undefined) return;
    announce(hold.covers === undefined ? text('hold.done') : text('hold.doneOn', { count: hold.covers }));
    onDone();
    onClose();
  };
  return (
    <Confirm
      title={text('hold.setTitle')}
      action={text('hold.set')}
      busy={set.busy}
      problem={set.problem}
      onAct={() => void act()}
      onClose={onClose}
    >
      <Body1>{text('hold.setWords')}</Body1>
      {resource === undefined ? (
        <TargetFields onChange={setChosen} fault={tried && on === undefined ? text('hold.whomMissing') : undefined} />
      ) : (
        resource.ownerId !== undefined && <Scope resource={resource} whole={whole} onChange={setWhole} />
      )}
      <Field
        label={text('hold.reason')}
        hint={text('hold.reasonHint')}
        required
        {...(tried && isReasonMissing ? { validationMessage: text('hold.reasonMissing') } : {})}
      >
        <Textarea value={reason} maxLength={500} onChange={(_, { value }) => setReason(value)} />
      </Field>
      <Field
        label={text('hold.until')}
        hint={text('hold.untilHint')}
        {...(tried && isOver ? { validationMessage: text('hold.untilOver') } : {})}
      >
        <Input type="date" value={until} onChange={(_, { value }) => setUntil(value)} />
      </Field>
    </Confirm>
  );
}

function targetOf(resource: Resource, whole: boolean): Target {
  if (whole && resource.ownerId !== undefined) return { kind: 'user', sourceId: resource.ownerId };
  return { kind: 'resource', sourceId: resource.id };
}

function Scope({
  resource: { name, workload },
  whole,
  onChange,
}: {
  resource: Resource;
  whole: boolean;
  onChange: (whole: boolean) => void;
}) {
  const text = useTexts();
  const workloads = useWorkloads();
  return (
    <Field label={text('hold.what')}>
      <RadioGroup value={whole ? 'whole' : 'one'} onChange={(_, { value }) => onChange(value === 'whole')}>
        <Radio value="whole" label={text('hold.everythingOf', { name })} />
        <Radio value="one" label={text('hold.only', { workload: workloads.label(workload) })} />
      </RadioGroup>
    </Field>
  );
}

/** Asks for the release of a hold; it takes a second administrator, and the dialog says so before. */
export function ReleaseHoldDialog({ hold, onClose, onDone }: { hold: Hold; onClose: () => void; onDone: () => void }) {
  const text = useTexts();
  const api = useApi();
  const announce = useAnnounce();
  const askedWords = useAskedWords();
  const target = useHoldTarget(hold.on);
  const [reason, setReason] = useState('');
  const words = reason.trim();
  const release = useAction(() =>
    api.call('releaseHold', { params: { id: hold.id }, body: words === '' ? {} : { reason: words } }),
  );
  const act = async (): Promise<void> => {
    const asked = await release.run();
    if (asked === undefined) return;
    announce(askedWords(asked, 'hold.releaseAsked'));
    onDone();
    onClose();
  };
  return (
    <Confirm
      title={text('change.releaseOf', { reason: hold.reason, target })}
      action={text('hold.releaseAsk')}
      busy={release.busy}
      problem={release.problem}
      onAct={() => void act()}
      onClose={onClose}
    >
      <ChangeThen words={text('hold.releaseWords')} />
      <Field label={text('hold.releaseReason')}>
        <Textarea value={reason} maxLength={500} onChange={(_, { value }) => setReason(value)} />
      </Field>
    </Confirm>
  );
}
