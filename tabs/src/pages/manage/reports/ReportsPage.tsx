import { Body1, Field, Input } from '@fluentui/react-components';
import { ArrowDownloadRegular } from '@fluentui/react-icons';
import { useState } from 'react';
import { useTexts } from '../../../app/texts.tsx';
import { useApi } from '../../../client/apiContext.ts';
import { saveAnswer } from '../../../client/saveFile.ts';
import { useAction } from '../../../client/useAction.ts';
import { ActionButton } from '../../../parts/ActionButton.tsx';
import { endOfDay, startOfDay } from '../../../parts/dayRange.ts';
import { Section } from '../../../parts/Section.tsx';
import { Trouble } from '../../../parts/Trouble.tsx';
import { ManageHeader } from '../shared/ManageHeader.tsx';
import { useManageStyles } from '../shared/manageStyles.ts';

/** The report of coverage is of this moment; the others have a period. The audit log has a page and a file of its own. */
const kinds = ['coverage', 'runs', 'failures'] as const;
type Kind = (typeof kinds)[number];

/** What can be handed on as a file. */
export function ReportsPage() {
  const styles = useManageStyles();
  const text = useTexts();
  return (
    <>
      <ManageHeader title={text('manage.reports')} />
      <div className={styles.stack}>
        <Body1 className={styles.intro}>{text('report.intro')}</Body1>
        {kinds.map((kind) => (
          <ReportSection key={kind} kind={kind} />
        ))}
      </div>
    </>
  );
}

function ReportSection({ kind }: { kind: Kind }) {
  const styles = useManageStyles();
  const text = useTexts();
  const api = useApi();
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const period = {
    ...(from === '' ? {} : { from: startOfDay(from) }),
    ...(to === '' ? {} : { to: endOfDay(to) }),
  };
  const save = useAction(async () =>
    saveAnswer(
      await api.open('getReport', { params: { kind }, query: { format: 'csv', ...period } }),
      `holdfast-${kind}.csv`,
    ),
  );
  return (
    <Section title={text(`report.${kind}`)}>
      <div className={styles.fields}>
        <Body1>{text(`report.${kind}Words`)}</Body1>
        <div className={styles.row}>
          {kind !== 'coverage' && (
            <>
              <Field label={text('find.from')}>
                <Input type="date" value={from} onChange={(_, { value }) => setFrom(value)} />
              </Field>
              <Field label={text('find.to')}>
                <Input type="date" value={to} onChange={(_, { value }) => setTo(value)} />
              </Field>
            </>
          )}
          <ActionButton
            icon={<ArrowDownloadRegular />}
            busy={save.busy}
            aria-label={text('report.csvOf', { name: text(`report.${kind}`) })}
            onClick={() => void save.run()}
          >
            {text('audit.csv')}
          </ActionButton>
        </div>
        {save.problem !== undefined && <Trouble problem={save.problem} />}
      </div>
    </Section>
  );
}
