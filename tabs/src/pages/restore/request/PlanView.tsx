import { Body1, Caption1, MessageBar, MessageBarBody, Title3, makeStyles, tokens } from '@fluentui/react-components';
import type { RestoreRequest } from '../../../../../contract/restore.ts';
import { useTexts } from '../../../app/texts.tsx';
import { Section } from '../../../parts/Section.tsx';
import { Waiting } from '../../../parts/Moods.tsx';

const parts = ['add', 'keepBoth', 'replace', 'skip', 'cannot'] as const;
const grades = ['exact', 'approximate', 'lost'] as const;

const useStyles = makeStyles({
  numbers: {
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fill, minmax(112px, 1fr))',
    gap: tokens.spacingHorizontalM,
    margin: 0,
  },
  number: { display: 'flex', flexDirection: 'column-reverse' },
  value: { margin: 0 },
  name: { color: tokens.colorNeutralForeground3 },
  list: { margin: 0, paddingInlineStart: tokens.spacingHorizontalXL },
});

/** What would come back, judged without touching anything. */
export function PlanView({ request }: { request: RestoreRequest }) {
  const styles = useStyles();
  const text = useTexts();
  const { plan, state } = request;
  const isDownload = request.destination.kind === 'download';
  if (plan === undefined)
    return state === 'planning' ? (
      <Section title={text('plan.title')}>
        <Body1>{text('plan.checking')}</Body1>
        <Waiting rows={2} />
      </Section>
    ) : null;
  return (
    <Section title={text('plan.title')}>
      <dl className={styles.numbers}>
        {parts
          .filter((part) => part === 'add' || plan[part] > 0)
          .map((part) => (
            <Figure
              key={part}
              name={text(isDownload && part === 'add' ? 'plan.pack' : `plan.${part}`)}
              value={text.number(plan[part])}
            />
          ))}
        <Figure name={text('plan.size')} value={text.bytes(plan.bytes)} />
      </dl>
      <Body1>
        {grades
          .filter((grade) => plan.fidelity[grade] > 0)
          .map((grade) => text(isDownload ? `plan.packed.${grade}` : `plan.${grade}`, { count: plan.fidelity[grade] }))
          .join(' ')}
      </Body1>
      {plan.notes.length > 0 && (
        <ul className={styles.list}>
          {plan.notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
      {plan.needsApproval && request.decision === undefined && (
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>{text(plan.noSecondPerson ? 'plan.noSecondPerson' : 'plan.needsApproval')}</MessageBarBody>
        </MessageBar>
      )}
      {!plan.needsApproval && plan.noSecondPerson && (
        <MessageBar layout="multiline">
          <MessageBarBody>{text('plan.noSecondPerson')}</MessageBarBody>
        </MessageBar>
      )}
      <Caption1 className={styles.name}>{text('plan.at', { at: text.moment(plan.plannedAt) })}</Caption1>
    </Section>
  );
}

function Figure({ name, value }: { name: string; value: string }) {
  const styles = useStyles();
  return (
    <div className={styles.number}>
      <dt className={styles.name}>{name}</dt>
      <dd className={styles.value}>
        <Title3>{value}</Title3>
      </dd>
    </div>
  );
}
