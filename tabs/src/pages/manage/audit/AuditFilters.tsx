import { Button, Field, Input, Select, makeStyles, tokens } from '@fluentui/react-components';
import { ArrowDownloadRegular } from '@fluentui/react-icons';
import { useTexts } from '../../../app/texts.tsx';
import { useApi } from '../../../client/apiContext.ts';
import { saveAnswer } from '../../../client/saveFile.ts';
import { useAction } from '../../../client/useAction.ts';
import { ActionButton } from '../../../parts/ActionButton.tsx';
import { endOfDay, startOfDay } from '../../../parts/dayRange.ts';
import { SearchField } from '../../../parts/SearchField.tsx';
import { Trouble } from '../../../parts/Trouble.tsx';
import { actions, actionWords } from './actionWords.ts';

/** Days as a date field writes them, in the reader's zone. */
export interface AuditChoice {
  readonly action?: string | undefined;
  readonly who?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

const useStyles = makeStyles({
  row: { display: 'flex', flexWrap: 'wrap', alignItems: 'flex-end', gap: tokens.spacingHorizontalM },
  // As wide as its longest word would be wider than a phone.
  action: { minWidth: 'min(100%, 220px)', maxWidth: '100%', gridTemplateColumns: 'minmax(0, 1fr)' },
});

/** What the server is asked for; the day that `to` names counts too. */
export const queryOf = ({ action, who, from, to }: AuditChoice) => ({
  ...(action === undefined ? {} : { action }),
  ...(who === undefined ? {} : { who }),
  ...(from === undefined ? {} : { from: startOfDay(from) }),
  ...(to === undefined ? {} : { to: endOfDay(to) }),
});

/** Which entries are shown, and all of these as a file. */
export function AuditFilters({
  choice,
  onChange,
}: {
  choice: AuditChoice;
  onChange: (change: Partial<AuditChoice>) => void;
}) {
  const styles = useStyles();
  const text = useTexts();
  const api = useApi();
  const save = useAction(async () =>
    saveAnswer(await api.open('exportAudit', { query: queryOf(choice) }), 'audit.csv'),
  );
  const written = (value: string): string | undefined => (value === '' ? undefined : value);
  const sorted = actions
    .map((action) => ({ action, words: actionWords(text, action) }))
    .toSorted((a, b) => a.words.localeCompare(b.words, text.locale));
  const isChosen = Object.values(choice).some((value) => value !== undefined);
  return (
    <>
      <div className={styles.row} role="search" aria-label={text('audit.filter')}>
        <Field label={text('activity.what')} className={styles.action}>
          <Select value={choice.action ?? ''} onChange={(_, { value }) => onChange({ action: written(value) })}>
            <option value="">{text('audit.everything')}</option>
            {sorted.map(({ action, words }) => (
              <option key={action} value={action}>
                {words}
              </option>
            ))}
          </Select>
        </Field>
        <Field label={text('audit.whoLabel')}>
          <SearchField
            name={text('audit.whoLabel')}
            value={choice.who ?? ''}
            onSearch={(value) => onChange({ who: written(value) })}
          />
        </Field>
        <Field label={text('find.from')}>
          <Input
            type="date"
            value={choice.from ?? ''}
            onChange={(_, { value }) => onChange({ from: written(value) })}
          />
        </Field>
        <Field label={text('find.to')}>
          <Input type="date" value={choice.to ?? ''} onChange={(_, { value }) => onChange({ to: written(value) })} />
        </Field>
        <ActionButton icon={<ArrowDownloadRegular />} busy={save.busy} onClick={() => void save.run()}>
          {text('audit.csv')}
        </ActionButton>
        {isChosen && (
          <Button
            appearance="subtle"
            onClick={() => onChange({ action: undefined, who: undefined, from: undefined, to: undefined })}
          >
            {text('audit.clear')}
          </Button>
        )}
      </div>
      {save.problem !== undefined && <Trouble problem={save.problem} />}
    </>
  );
}
