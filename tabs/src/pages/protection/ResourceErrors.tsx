import { Body1, Body1Strong, Caption1, makeStyles, tokens } from '@fluentui/react-components';
import { useTexts } from '../../app/texts.tsx';
import { useRoute, valueOf } from '../../client/useRoute.ts';
import { reasonText } from '../../parts/reasons.ts';
import { Section } from '../../parts/Section.tsx';
import { StateWord } from '../../parts/StateWord.tsx';

const shown = 20;

const useStyles = makeStyles({
  list: {
    listStyle: 'none',
    margin: 0,
    padding: 0,
    display: 'flex',
    flexDirection: 'column',
    gap: tokens.spacingVerticalM,
  },
  entry: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalXXS },
  note: { color: tokens.colorNeutralForeground3 },
});

/** What the newest finished run could not keep of this resource, in plain words. */
export function ResourceErrors({ resourceId, policyId }: { resourceId: string; policyId: string }) {
  const styles = useStyles();
  const text = useTexts();
  const runs = useRoute('listRuns', { query: { policyId, pageSize: 5 } });
  const run = valueOf(runs)?.value.find(({ finishedAt }) => finishedAt !== undefined);
  const ask = (outcome: 'failed' | 'skipped') =>
    run === undefined ? undefined : { params: { id: run.id }, query: { outcome, resourceId, pageSize: shown } };
  const failed = useRoute('listRunLedger', ask('failed'));
  const skipped = useRoute('listRunLedger', ask('skipped'));
  const entries = [...(valueOf(failed)?.value ?? []), ...(valueOf(skipped)?.value ?? [])];
  if (run === undefined || failed.state === 'loading' || skipped.state === 'loading') return null;
  return (
    <Section title={text('errors.title')}>
      {entries.length === 0 ? (
        <Body1>{text('errors.none', { at: text.moment(run.startedAt) })}</Body1>
      ) : (
        <ul className={styles.list}>
          {entries.map((entry) => (
            <li key={`${entry.itemId} ${entry.outcome}`} className={styles.entry}>
              <StateWord state={entry.outcome} />
              <Body1Strong>
                <bdi>{entry.name}</bdi>
              </Body1Strong>
              <Caption1 className={styles.note}>{reasonText(text, entry.reason)}</Caption1>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
