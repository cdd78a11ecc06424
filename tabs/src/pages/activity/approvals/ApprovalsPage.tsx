import { Body1, MessageBar, MessageBarBody, Subtitle2, makeStyles, tokens } from '@fluentui/react-components';
import { useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import type { RestoreRequest } from '../../../../../contract/restore.ts';
import { useMe } from '../../../app/person.ts';
import { useTexts } from '../../../app/texts.tsx';
import { usePages } from '../../../client/usePages.ts';
import { EmptyState } from '../../../parts/EmptyState.tsx';
import { useChanges } from '../../../parts/changes/useChanges.ts';
import { MoreRows } from '../../../parts/grid/MoreRows.tsx';
import { Moods } from '../../../parts/Moods.tsx';
import { PageHeader } from '../../../parts/PageHeader.tsx';
import { ActivityTabs } from '../ActivityTabs.tsx';
import { ApprovalCard } from './ApprovalCard.tsx';
import type { Decided } from '../../restore/request/decide.ts';
import { DecisionButtons } from './DecisionButtons.tsx';
import { useDecidedWords } from './useDecidedWords.ts';
import { WaitingChanges } from './WaitingChanges.tsx';
import { WithdrawButton } from './WithdrawButton.tsx';

const pace = 10_000;

const useStyles = makeStyles({
  group: {
    display: 'flex',
    flexDirection: 'column',
    gap: tokens.spacingVerticalM,
    marginBottom: tokens.spacingVerticalXXL,
  },
  cards: {
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fill, minmax(min(100%, 420px), 1fr))',
    gap: tokens.spacingHorizontalL,
    alignItems: 'start',
  },
  intro: { color: tokens.colorNeutralForeground2, maxWidth: '96ch' },
});

/** Requests that wait for a second person: others' to decide, own ones to take back. */
export function ApprovalsPage() {
  const text = useTexts();
  const me = useMe();
  const styles = useStyles();
  const waiting = usePages(
    'listRestores',
    useMemo(
      () => (me.can.approve ? { query: { waitingForMe: 'true' as const, pageSize: 50 } } : undefined),
      [me.can.approve],
    ),
    { every: () => pace },
  );
  const own = usePages(
    'listRestores',
    useMemo(() => ({ query: { pageSize: 100 } }), []),
    { every: () => pace },
  );
  const changes = useChanges();
  const mine = own.rows.filter(({ state, asker }) => state === 'waiting' && asker.id === me.id);
  return (
    <>
      <PageHeader title={text('page.activity')} fresh={me.can.approve ? waiting.first : own.first} />
      <ActivityTabs at="approvals" />
      {me.can.approve && (
        <Group title={text('activity.approval.forYou')} intro={text('activity.approval.intro')}>
          <Moods of={waiting.first}>{() => <ToDecide rows={waiting.rows} />}</Moods>
          {waiting.hasMore && <MoreRows pages={waiting} />}
        </Group>
      )}
      {me.can.seeAudit === 'all' && (
        <Group title={text('change.title')} intro={text('change.intro')}>
          <WaitingChanges changes={changes} />
        </Group>
      )}
      <Group title={text('activity.approval.yours')}>
        <Moods of={own.first}>
          {() =>
            mine.length === 0 ? (
              <Body1 className={styles.intro}>{text('activity.approval.noneOwn')}</Body1>
            ) : (
              <div className={styles.cards}>
                {mine.map((request) => (
                  <ApprovalCard key={request.id} request={request}>
                    <WithdrawButton
                      request={request}
                      onWithdrawn={() => own.first.state === 'ready' && own.first.refresh()}
                    />
                  </ApprovalCard>
                ))}
              </div>
            )
          }
        </Moods>
      </Group>
    </>
  );
}

function Group({ title, intro, children }: { title: string; intro?: string; children: ReactNode }) {
  const styles = useStyles();
  return (
    <section className={styles.group} aria-label={title}>
      <Subtitle2 as="h2">{title}</Subtitle2>
      {intro !== undefined && <Body1 className={styles.intro}>{intro}</Body1>}
      {children}
    </section>
  );
}

/** What was decided here stays in its place, with what came of it, until the reader goes on. */
function ToDecide({ rows }: { rows: readonly RestoreRequest[] }) {
  const styles = useStyles();
  const text = useTexts();
  const wordsOf = useDecidedWords();
  const [decided, setDecided] = useState<ReadonlyMap<string, Decided>>(new Map());
  const shown = [
    ...[...decided.values()].map(({ request }) => request),
    ...rows.filter(({ id }) => !decided.has(id)),
  ].toSorted((a, b) => b.createdAt.localeCompare(a.createdAt));
  if (shown.length === 0)
    return <EmptyState title={text('activity.approval.none')} words={text('activity.approval.noneWords')} />;
  return (
    <div className={styles.cards}>
      {shown.map((request) => {
        const outcome = decided.get(request.id);
        return (
          <ApprovalCard key={request.id} request={request}>
            {outcome === undefined ? (
              <DecisionButtons
                request={request}
                onDecided={(made) => setDecided((before) => new Map(before).set(request.id, made))}
              />
            ) : (
              <Outcome decided={outcome} words={wordsOf(outcome)} />
            )}
          </ApprovalCard>
        );
      })}
    </div>
  );
}

/** Takes the focus that the buttons had, so that nobody who works by keys is thrown to the top. */
function Outcome({ decided, words }: { decided: Decided; words: string }) {
  const isYes = decided.request.decision?.approved === true;
  return (
    <MessageBar
      intent={decided.tooLate ? 'warning' : isYes ? 'success' : 'info'}
      layout="multiline"
      tabIndex={-1}
      ref={(bar) => bar?.focus()}
    >
      <MessageBarBody>{words}</MessageBarBody>
    </MessageBar>
  );
}
