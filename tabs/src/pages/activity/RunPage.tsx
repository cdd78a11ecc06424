import { Body1, MessageBar, MessageBarBody, ProgressBar, makeStyles, tokens } from '@fluentui/react-components';
import { useEffect, useRef, useState } from 'react';
import type { Run } from '../../../../contract/runs.ts';
import { useMe } from '../../app/person.ts';
import { addressOf } from '../../app/routing.ts';
import { useTexts } from '../../app/texts.tsx';
import type { TextKey } from '../../app/texts.tsx';
import { useApi } from '../../client/apiContext.ts';
import { useAction } from '../../client/useAction.ts';
import { closely, useRoute, valueOf } from '../../client/useRoute.ts';
import { ActionButton } from '../../parts/ActionButton.tsx';
import { useAnnounce } from '../../parts/announcer.tsx';
import { Confirm } from '../../parts/Confirm.tsx';
import { Facts } from '../../parts/Facts.tsx';
import { Moment } from '../../parts/Moment.tsx';
import { Moods } from '../../parts/Moods.tsx';
import { PageHeader } from '../../parts/PageHeader.tsx';
import { PersonName } from '../../parts/personNames.tsx';
import { Section } from '../../parts/Section.tsx';
import { ShareButton } from '../../parts/ShareButton.tsx';
import { StateWord } from '../../parts/StateWord.tsx';
import { Ledger } from './Ledger.tsx';
import { RunCounts } from './RunCounts.tsx';
import { RunResources } from './RunResources.tsx';
import { RunTime } from './RunTime.tsx';

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalL },
  columns: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 2fr) minmax(280px, 1fr)',
    gap: tokens.spacingHorizontalL,
    alignItems: 'start',
    '@media (max-width: 899px)': { gridTemplateColumns: 'minmax(0, 1fr)' },
  },
});

/** One run: how far it is, what it counted, which resources it holds and what became of every item. */
export function RunPage({ id }: { id: string }) {
  const styles = useStyles();
  const text = useTexts();
  const me = useMe();
  const api = useApi();
  const [asking, setAsking] = useState(false);
  const read = useRoute(
    'getRun',
    { params: { id } },
    { every: (age, run) => (run !== undefined && run.finishedAt !== undefined ? undefined : closely(age)) },
  );
  const policies = useRoute('listPolicies', { query: { pageSize: 200 } });
  const run = valueOf(read);
  useRunAnnouncement(run);
  const policy = valueOf(policies)?.value.find((each) => each.id === run?.policyId);
  const cancel = useAction(() => api.call('cancelRun', { params: { id } }));
  const open = run !== undefined && run.finishedAt === undefined;
  const act = async (): Promise<void> => {
    if ((await cancel.run()) === undefined) return;
    setAsking(false);
    if (read.state === 'ready') read.refresh();
  };
  return (
    <>
      <PageHeader
        title={policy === undefined ? text('recent.run') : text('run.title', { policy: policy.name })}
        crumbs={[{ name: text('page.activity'), address: addressOf('activity') }]}
        fresh={read}
      >
        <ShareButton page="activity" rest={['run', id]} />
        {open && me.can.startRuns && run.state !== 'cancelling' && (
          <ActionButton onClick={() => setAsking(true)}>{text('run.cancel')}</ActionButton>
        )}
      </PageHeader>
      <Moods of={read} rows={6}>
        {(found) => (
          <div className={styles.stack}>
            <div className={styles.columns}>
              <Section title={text('run.progress')}>
                <Progress run={found} />
                <RunCounts counts={found.counts} />
              </Section>
              <Section title={text('run.facts')}>
                <Facts
                  facts={[
                    [text('resource.state'), <StateWord state={found.status ?? found.state} />],
                    [text('run.startedBy'), <PersonName id={found.startedBy} />],
                    [text('run.started'), <Moment iso={found.startedAt} form="both" />],
                    [
                      text('run.finished'),
                      found.finishedAt === undefined ? undefined : <Moment iso={found.finishedAt} form="both" />,
                    ],
                    [text('run.took'), <RunTime run={found} />],
                    [
                      text('run.heartbeat'),
                      found.finishedAt === undefined ? <Moment iso={found.heartbeatAt} /> : undefined,
                    ],
                    [
                      text('run.alreadyRunning'),
                      found.alreadyRunning.length === 0 ? undefined : text.number(found.alreadyRunning.length),
                    ],
                  ]}
                />
              </Section>
            </div>
            <RunResources run={found} />
            <Ledger run={found} />
          </div>
        )}
      </Moods>
      {asking && (
        <Confirm
          title={text('run.cancelTitle')}
          action={text('run.cancel')}
          busy={cancel.busy}
          problem={cancel.problem}
          onAct={() => void act()}
          onClose={() => setAsking(false)}
        >
          <Body1>{text('run.cancelWords')}</Body1>
        </Confirm>
      )}
    </>
  );
}

/** How much of what was listed so far has become something. */
export const doneShare = ({ counts }: Run): number | undefined =>
  counts.listed === 0 ? undefined : (counts.listed - counts.pending) / counts.listed;

function Progress({ run }: { run: Run }) {
  const text = useTexts();
  const open = run.finishedAt === undefined;
  const share = doneShare(run);
  // While things are still being listed nobody knows the whole, and a share would be a guess.
  const known = open && share !== undefined && run.state !== 'discovering' && run.state !== 'queued';
  return (
    <>
      {run.reason !== undefined && (
        <MessageBar intent={run.status === 'failed' ? 'error' : 'warning'} layout="multiline">
          <MessageBarBody>{run.reason}</MessageBarBody>
        </MessageBar>
      )}
      {open && (
        <>
          <ProgressBar thickness="large" aria-label={text('run.progress')} {...(known ? { value: share } : {})} />
          <Body1>
            {text(known ? 'run.doneOf' : 'run.doneSoFar', {
              done: run.counts.listed - run.counts.pending,
              listed: run.counts.listed,
            })}{' '}
            {run.resumesAt !== undefined && text('run.resumes', { time: text.time(run.resumesAt) })}{' '}
            {run.eta !== undefined && text('run.eta', { time: text.time(run.eta) })}
          </Body1>
        </>
      )}
    </>
  );
}

/** Says a change of state and each quarter of the way. */
function useRunAnnouncement(run: Run | undefined): void {
  const text = useTexts();
  const announce = useAnnounce();
  const said = useRef('');
  useEffect(() => {
    if (run === undefined) return;
    const quarter = Math.floor((doneShare(run) ?? 0) * 4);
    const now = `${run.status ?? run.state} ${run.finishedAt === undefined ? quarter : ''}`;
    if (said.current === now) return;
    const first = said.current === '';
    said.current = now;
    if (first) return;
    const word = text(`state.${run.status ?? run.state}` as TextKey);
    announce(
      run.finishedAt === undefined && quarter > 0
        ? text('request.quarter', { word, share: text.percent(quarter / 4) })
        : word,
    );
  }, [announce, run, text]);
}
