import { Body1, Caption1, makeStyles, tokens } from '@fluentui/react-components';
import { useEffect, useState } from 'react';
import type { Policy, Rehearsal } from '../../../../contract/policies.ts';
import { useTexts } from '../../app/texts.tsx';
import { useRoute } from '../../client/useRoute.ts';
import { Moods } from '../../parts/Moods.tsx';
import { Section } from '../../parts/Section.tsx';
import { useWorkloads } from '../../parts/workloads.tsx';
import { RetentionLoss } from '../../parts/retention/RetentionLoss.tsx';
import { isShorter, wishOf } from './policyDraft.ts';
import type { Draft } from './policyDraft.ts';

const pause = 600;
const named = 8;

const useStyles = makeStyles({
  list: { margin: 0, paddingInlineStart: tokens.spacingHorizontalXL },
  note: { color: tokens.colorNeutralForeground3 },
});

/** What saving would change, asked anew whenever the form comes to rest. Saves nothing. */
export function RehearsalPreview({ policy, draft }: { policy: Policy; draft: Draft }) {
  const text = useTexts();
  const [settled, setSettled] = useState(draft);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(draft), pause);
    return () => clearTimeout(timer);
  }, [draft]);
  const { scope, enabled, schedule, retention, keepGoneDays } = wishOf(settled);
  const read = useRoute('rehearsePolicy', {
    params: { id: policy.id },
    body: { scope, enabled, schedule, retention, keepGoneDays },
  });
  return (
    <>
      <Section title={text('rehearsal.title')}>
        <Moods of={read} rows={1}>
          {(rehearsal) => <Changes rehearsal={rehearsal} />}
        </Moods>
      </Section>
      {isShorter(policy, settled) && (
        <Section title={text('loss.title')}>
          <Body1>{text('loss.saving')}</Body1>
          <RetentionLoss policyId={policy.id} patch={{ retention, keepGoneDays }} />
        </Section>
      )}
    </>
  );
}

function Changes({ rehearsal }: { rehearsal: Rehearsal }) {
  const styles = useStyles();
  const text = useTexts();
  const workloads = useWorkloads();
  const { gains, loses, changes, unchanged } = rehearsal.counts;
  const parts = [
    { id: 'gains', count: gains, who: rehearsal.gains },
    { id: 'loses', count: loses, who: rehearsal.loses },
    { id: 'changes', count: changes, who: rehearsal.changes },
  ] as const;
  return (
    <>
      {parts.every(({ count }) => count === 0) && <Body1>{text('rehearsal.nothing')}</Body1>}
      {parts.map(
        ({ id, count, who }) =>
          count > 0 && (
            <div key={id}>
              <Body1>{text(`rehearsal.${id}`, { count })}</Body1>
              <ul className={styles.list}>
                {who.slice(0, named).map((each) => (
                  <li key={each.resourceId}>
                    <bdi>{text('resource.full', { name: each.name, workload: workloads.label(each.workload) })}</bdi>
                  </li>
                ))}
              </ul>
              {count > named && (
                <Caption1 className={styles.note}>{text('rehearsal.more', { count: count - named })}</Caption1>
              )}
            </div>
          ),
      )}
      <Caption1 className={styles.note}>{text('rehearsal.unchanged', { count: unchanged })}</Caption1>
    </>
  );
}
