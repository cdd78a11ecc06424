import {
  Button,
  Field,
  Input,
  MessageBar,
  MessageBarBody,
  Switch,
  makeStyles,
  tokens,
} from '@fluentui/react-components';
import { useState } from 'react';
import type { Policy } from '../../../../contract/policies.ts';
import { useMe } from '../../app/person.ts';
import { addressOf, navigate } from '../../app/routing.ts';
import { useTexts } from '../../app/texts.tsx';
import { useApi } from '../../client/apiContext.ts';
import { useAction } from '../../client/useAction.ts';
import { ActionButton } from '../../parts/ActionButton.tsx';
import { useAnnounce } from '../../parts/announcer.tsx';
import { Section } from '../../parts/Section.tsx';
import { Trouble } from '../../parts/Trouble.tsx';
import { useFirstError } from '../../parts/useFirstError.ts';
import { useWorkloads } from '../../parts/workloads.tsx';
import { draftOf, faultsOf, wishOf } from './policyDraft.ts';
import type { Draft, DraftFault } from './policyDraft.ts';
import { RehearsalPreview } from './RehearsalPreview.tsx';
import { RetentionFields } from './RetentionFields.tsx';
import { ScheduleFields } from './ScheduleFields.tsx';
import { ScopeFields } from './ScopeFields.tsx';

const useStyles = makeStyles({
  form: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalL, maxWidth: '880px' },
  fields: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalM },
  plain: { border: 'none', margin: 0, padding: 0, minWidth: 0, display: 'contents' },
  foot: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalM },
});

export interface FieldsProps {
  readonly draft: Draft;
  readonly change: (change: Partial<Draft>) => void;
  /** The sentence for a field that is wrong, once somebody has tried to save. */
  readonly wrong: (fault: DraftFault) => { readonly validationMessage?: string };
}

/** The form of a policy. Without the right to change policies it can be read and not used. */
export function PolicyEditor({ policy, onReload }: { policy?: Policy; onReload?: () => void }) {
  const styles = useStyles();
  const text = useTexts();
  const me = useMe();
  const api = useApi();
  const announce = useAnnounce();
  const workloads = useWorkloads();
  const [draft, setDraft] = useState(() =>
    draftOf(
      policy,
      workloads.all.map(({ workload }) => workload),
      Intl.DateTimeFormat().resolvedOptions().timeZone,
    ),
  );
  const [tried, setTried] = useState(0);
  const faults = faultsOf(draft);
  const wrong = (fault: DraftFault) =>
    tried > 0 && faults.includes(fault) ? { validationMessage: text(`policy.fault.${fault}`) } : {};
  const change = (part: Partial<Draft>): void => setDraft((before) => ({ ...before, ...part }));

  const form = useFirstError(tried);

  const save = useAction(async () => {
    const wish = wishOf(draft);
    if (policy === undefined) return api.call('createPolicy', { body: wish }, { idempotencyKey: crypto.randomUUID() });
    return api.call(
      'changePolicy',
      { params: { id: policy.id }, body: { ...wish, etag: policy.etag } },
      { ifMatch: policy.etag },
    );
  });
  const submit = async (): Promise<void> => {
    setTried((times) => times + 1);
    if (faults.length > 0) return;
    const saved = await save.run();
    if (saved === undefined) return;
    announce(text('policy.saved', { name: saved.name }));
    navigate(addressOf('protection', ['policies']));
  };
  const conflict = save.problem !== undefined && (save.problem.status === 412 || save.problem.status === 409);

  return (
    <form ref={form} className={styles.form} onSubmit={(event) => event.preventDefault()} noValidate>
      {!me.can.changePolicies && (
        <MessageBar>
          <MessageBarBody>{text('policy.readOnly')}</MessageBarBody>
        </MessageBar>
      )}
      <fieldset className={styles.plain} disabled={!me.can.changePolicies}>
        <Section title={text('policy.basics')}>
          <div className={styles.fields}>
            <Field label={text('policy.name')} required {...wrong('nameMissing')}>
              <Input value={draft.name} maxLength={120} onChange={(_, { value }) => change({ name: value })} />
            </Field>
            <Switch
              label={text('policy.enabled')}
              checked={draft.enabled}
              onChange={(_, { checked }) => change({ enabled: checked })}
            />
          </div>
        </Section>
        <ScopeFields draft={draft} change={change} wrong={wrong} />
        <ScheduleFields draft={draft} change={change} wrong={wrong} />
        <RetentionFields draft={draft} change={change} wrong={wrong} {...(policy === undefined ? {} : { policy })} />
      </fieldset>
      {policy !== undefined && me.can.changePolicies && faults.length === 0 && (
        <RehearsalPreview policy={policy} draft={draft} />
      )}
      {save.problem !== undefined && (
        <Trouble problem={save.problem} {...(conflict ? {} : { onRetry: () => void submit() })} />
      )}
      {conflict && onReload !== undefined && (
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>{text('policy.conflict')}</MessageBarBody>
          <Button size="small" onClick={onReload}>
            {text('policy.reload')}
          </Button>
        </MessageBar>
      )}
      <div className={styles.foot}>
        {me.can.changePolicies && (
          <ActionButton appearance="primary" busy={save.busy} onClick={() => void submit()}>
            {text('policy.save')}
          </ActionButton>
        )}
        <Button onClick={() => navigate(addressOf('protection', ['policies']))}>
          {text(me.can.changePolicies ? 'state.cancel' : 'policy.back')}
        </Button>
      </div>
    </form>
  );
}
