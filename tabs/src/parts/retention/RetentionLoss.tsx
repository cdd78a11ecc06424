import { Body1, Body1Strong, Caption1, makeStyles, tokens } from '@fluentui/react-components';
import { useState } from 'react';
import type { PolicyPatch } from '../../../../contract/policies.ts';
import type { RetentionPreview } from '../../../../contract/retention.ts';
import { useTexts } from '../../app/texts.tsx';
import { useRoute } from '../../client/useRoute.ts';
import { Moods } from '../Moods.tsx';
import { useWorkloads } from '../workloads.tsx';

const named = 8;
const hour = 3_600_000;

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalS },
  list: { margin: 0, paddingInlineStart: tokens.spacingHorizontalXL },
  note: { color: tokens.colorNeutralForeground3 },
});

/** What goes when the rules of this policy, or of `patch`, count alone: how much, of whom, back to when, and from when on. */
export function RetentionLoss({ policyId, patch }: { policyId: string; patch?: PolicyPatch }) {
  const read = useRoute('previewRetention', {
    params: { id: policyId },
    ...(patch === undefined ? {} : { body: patch }),
  });
  return (
    <Moods of={read} rows={2}>
      {(preview) => <Loss preview={preview} />}
    </Moods>
  );
}

function Loss({ preview: { counts, resources, effectiveAfterHours } }: { preview: RetentionPreview }) {
  const styles = useStyles();
  const text = useTexts();
  const workloads = useWorkloads();
  const [now] = useState(() => Date.now());
  if (counts.goes === 0) return <Body1>{text('loss.none', { points: counts.points })}</Body1>;
  const oldest = resources
    .flatMap(({ oldestThen }) => oldestThen ?? [])
    .toSorted()
    .at(0);
  const first = new Date(now + effectiveAfterHours * hour).toISOString();
  return (
    <div className={styles.stack}>
      <Body1Strong>
        {text('loss.goes', {
          goes: counts.goes,
          points: counts.points,
          losing: counts.losing,
          resources: counts.resources,
        })}
      </Body1Strong>
      <Body1>
        {oldest !== undefined && `${text('loss.oldest', { day: text.day(oldest) })} `}
        {text('loss.first', { day: text.moment(first) })}
      </Body1>
      <ul className={styles.list}>
        {resources.slice(0, named).map((each) => (
          <li key={each.resourceId}>
            <bdi>{text('resource.full', { name: each.name, workload: workloads.label(each.workload) })}</bdi>
            <Caption1 block className={styles.note}>
              {text('loss.of', { goes: each.goes, points: each.points })}
              {each.oldestThen !== undefined && ` ${text('loss.oldest', { day: text.day(each.oldestThen) })}`}
            </Caption1>
          </li>
        ))}
      </ul>
      {counts.losing > named && (
        <Caption1 className={styles.note}>{text('rehearsal.more', { count: counts.losing - named })}</Caption1>
      )}
    </div>
  );
}
