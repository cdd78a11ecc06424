import {
  Body1,
  Caption1,
  Card,
  Field,
  MessageBar,
  MessageBarBody,
  Textarea,
  makeStyles,
  tokens,
} from '@fluentui/react-components';
import { useMemo, useState } from 'react';
import type { AuditEntry, AuditHead } from '../../../../../contract/audit.ts';
import { addressOf, navigate, usePlace } from '../../../app/routing.ts';
import { useTexts } from '../../../app/texts.tsx';
import { useApi } from '../../../client/apiContext.ts';
import { useAction } from '../../../client/useAction.ts';
import { usePages } from '../../../client/usePages.ts';
import { ActionButton } from '../../../parts/ActionButton.tsx';
import { useAnnounce } from '../../../parts/announcer.tsx';
import { EmptyState } from '../../../parts/EmptyState.tsx';
import { Facts } from '../../../parts/Facts.tsx';
import { Grid } from '../../../parts/grid/Grid.tsx';
import type { Column } from '../../../parts/grid/Grid.tsx';
import { MoreRows } from '../../../parts/grid/MoreRows.tsx';
import { Moment } from '../../../parts/Moment.tsx';
import { Moods } from '../../../parts/Moods.tsx';
import { PersonName } from '../../../parts/personNames.tsx';
import { Section } from '../../../parts/Section.tsx';
import { Sign } from '../../../parts/Sign.tsx';
import { Trouble } from '../../../parts/Trouble.tsx';
import { ManageHeader } from '../shared/ManageHeader.tsx';
import { useManageStyles } from '../shared/manageStyles.ts';
import { actionWords } from './actionWords.ts';
import { AuditFilters, queryOf } from './AuditFilters.tsx';
import type { AuditChoice } from './AuditFilters.tsx';
import { headsIn } from './headsIn.ts';

const useStyles = makeStyles({
  field: { width: '100%', maxWidth: '640px' },
  on: { color: tokens.colorNeutralForeground2 },
});

const keyOf = ({ id }: AuditEntry): string => id;

/** Who did what, newest first, and whether the log is as it was written. */
export function AuditPage() {
  const styles = useManageStyles();
  const text = useTexts();
  const { query } = usePlace();
  const choice: AuditChoice = {
    action: query.get('action') ?? undefined,
    who: query.get('who') ?? undefined,
    from: query.get('from') ?? undefined,
    to: query.get('to') ?? undefined,
  };
  const { action, who, from, to } = choice;
  const input = useMemo(
    () => ({ query: { ...queryOf({ action, who, from, to }), pageSize: 50 } }),
    [action, who, from, to],
  );
  const pages = usePages('listAudit', input);
  const isChosen = Object.values(choice).some((value) => value !== undefined);
  return (
    <>
      <ManageHeader title={text('manage.audit')} fresh={pages.first} />
      <div className={styles.stack}>
        <VerifyAudit />
        <AuditFilters
          choice={choice}
          onChange={(change) => navigate(addressOf('manage', ['audit'], { ...choice, ...change }), 'replace')}
        />
        <Moods of={pages.first}>
          {() =>
            pages.rows.length === 0 ? (
              <EmptyState title={text(isChosen ? 'audit.noMatch' : 'audit.none')} />
            ) : (
              <Card className={styles.list}>
                <AuditGrid rows={pages.rows} />
                <MoreRows pages={pages} />
              </Card>
            )
          }
        </Moods>
      </div>
    </>
  );
}

/** Checks the chain of hashes, and whether it still goes through heads that were noted outside. */
function VerifyAudit() {
  const styles = useManageStyles();
  const own = useStyles();
  const text = useTexts();
  const api = useApi();
  const announce = useAnnounce();
  const [noted, setNoted] = useState('');
  const [isWrong, setIsWrong] = useState(false);
  const verify = useAction((heads: readonly AuditHead[]) =>
    api.call('verifyAudit', { body: heads.length === 0 ? {} : { heads: [...heads] } }),
  );
  const [answer, setAnswer] = useState<Awaited<ReturnType<typeof verify.run>>>();
  const act = async (): Promise<void> => {
    const heads = headsIn(noted);
    setIsWrong(heads === undefined);
    setAnswer(undefined);
    if (heads === undefined) return;
    const found = await verify.run(heads);
    setAnswer(found);
    if (found !== undefined) announce(found.detail);
  };
  return (
    <Section title={text('audit.verify')}>
      <div className={styles.fields}>
        <Body1>{text('audit.verifyWords')}</Body1>
        <Field
          className={own.field}
          label={text('audit.heads')}
          hint={text('audit.headsHint')}
          {...(isWrong ? { validationMessage: text('audit.headsWrong') } : {})}
        >
          <Textarea value={noted} onChange={(_, { value }) => setNoted(value)} />
        </Field>
        {verify.problem !== undefined && <Trouble problem={verify.problem} />}
        {answer !== undefined && (
          <MessageBar
            intent={answer.result === 'holds' ? 'success' : 'error'}
            layout="multiline"
            className={styles.wide}
          >
            <MessageBarBody>{answer.detail}</MessageBarBody>
          </MessageBar>
        )}
        {answer?.head !== undefined && (
          <Facts
            facts={[
              [text('audit.count'), text.number(answer.head.count)],
              [text('audit.head'), <span className={styles.mono}>{answer.head.hash}</span>],
            ]}
          />
        )}
        <ActionButton busy={verify.busy} onClick={() => void act()}>
          {text('audit.verifyAct')}
        </ActionButton>
      </div>
    </Section>
  );
}

function AuditGrid({ rows }: { rows: readonly AuditEntry[] }) {
  const styles = useManageStyles();
  const own = useStyles();
  const text = useTexts();
  const columns = useMemo(
    (): readonly Column<AuditEntry>[] => [
      {
        id: 'what',
        name: text('activity.what'),
        width: 'minmax(150px, 1fr)',
        rank: 1,
        cell: ({ action, result }) => {
          const words = actionWords(text, action);
          return result === 'done' ? (
            words
          ) : (
            <Sign look="warn">{text(`audit.result.${result}`, { action: words })}</Sign>
          );
        },
      },
      {
        id: 'who',
        name: text('audit.who'),
        width: 'minmax(130px, 0.9fr)',
        rank: 2,
        cell: ({ who, name, at }) => (
          <>
            {name ?? <PersonName id={who} />}
            <Caption1 className={styles.note}>
              <Moment iso={at} form="full" />
            </Caption1>
          </>
        ),
      },
      {
        id: 'on',
        name: text('audit.on'),
        width: 'minmax(200px, 2fr)',
        rank: 2,
        cell: ({ on }) => (
          <Caption1 className={own.on}>
            {Object.entries(on)
              .filter(([, value]) => value !== '')
              .map(([name, value]) => text('trouble.field', { field: name, message: value }))
              .join(' · ')}
          </Caption1>
        ),
      },
    ],
    [own.on, styles.note, text],
  );
  return (
    <Grid
      name={text('manage.audit')}
      columns={columns}
      rows={rows}
      keyOf={keyOf}
      nameOf={({ action }) => actionWords(text, action)}
    />
  );
}
