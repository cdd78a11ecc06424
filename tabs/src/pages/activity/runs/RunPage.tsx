import { Caption1, MessageBar, MessageBarBody } from '@fluentui/react-components';
import type { Run } from '../../../../../contract/runs.ts';
import { waitsFor } from '../../../../../contract/waits.ts';
import { useMe } from '../../../app/person.ts';
import { addressOf, usePlace } from '../../../app/routing.ts';
import { useTexts } from '../../../app/texts.tsx';
import { closely, useRoute, valueOf } from '../../../client/useRoute.ts';
import { Facts } from '../../../parts/Facts.tsx';
import { Moment } from '../../../parts/Moment.tsx';
import { Moods } from '../../../parts/Moods.tsx';
import { PageHeader } from '../../../parts/PageHeader.tsx';
import { PersonName } from '../../../parts/personNames.tsx';
import { Section } from '../../../parts/Section.tsx';
import { Duration } from '../shared/Duration.tsx';
import { usePageStyles } from '../shared/pageStyles.ts';
import { ProgressLine } from '../shared/ProgressLine.tsx';
import { useProgressAnnouncements } from '../shared/useProgressAnnouncements.ts';
import { RunActions } from './RunActions.tsx';
import { RunBalance } from './RunBalance.tsx';
import { isOpen, shareOf } from './runFacts.ts';
import { RunLedger } from './RunLedger.tsx';
import { RunPhases } from './RunPhases.tsx';
import { RunResources } from './RunResources.tsx';
import { RunState } from './RunState.tsx';

const intents: Readonly<Record<string, 'info' | 'warning' | 'error'>> = { failed: 'error', partial: 'warning' };

/** One backup: where it is, what became of every item, and what can be done about it. */
export function RunPage({ id }: { id: string }) {
  const styles = usePageStyles();
  const text = useTexts();
  const me = useMe();
  const { query } = usePlace();
  const read = useRoute(
    'getRun',
    { params: { id } },
    { every: (age, run) => (run === undefined || isOpen(run) ? closely(age) : undefined) },
  );
  const run = valueOf(read);
  const policies = useRoute('listPolicies', me.can.seeTenant ? { query: {} } : undefined);
  const policy = valueOf(policies)?.value.find((each) => each.id === run?.policyId);
  useProgressAnnouncements(run?.status ?? run?.state, run === undefined ? undefined : shareOf(run));
  const title = run === undefined ? text('recent.run') : text('activity.run.title', { at: text.moment(run.startedAt) });
  return (
    <>
      <PageHeader title={title} crumbs={[{ name: text('page.activity'), address: addressOf('activity') }]} fresh={read}>
        {run !== undefined && <RunActions run={run} onChanged={() => read.state === 'ready' && read.refresh()} />}
      </PageHeader>
      <Moods
        of={read}
        missing={{
          title: text('missing.run'),
          list: text('activity.runs'),
          address: addressOf('activity'),
        }}
      >
        {(found) => (
          <div className={styles.stack}>
            <RunNotice run={found} />
            <div className={styles.columns}>
              <Section title={text('activity.run.balance')}>
                <RunBalance counts={found.counts} open={isOpen(found)} />
              </Section>
              <RunStanding run={found} policy={policy?.name} />
            </div>
            <RunResources run={found} />
            <RunLedger run={found} resourceId={query.get('resource') ?? undefined} />
          </div>
        )}
      </Moods>
    </>
  );
}

function RunNotice({ run }: { run: Run }) {
  const text = useTexts();
  const words =
    run.state === 'waiting'
      ? text('activity.run.waitingWords', {
          what: waitsFor(run.reason),
          time: run.resumesAt === undefined ? 'none' : text.time(run.resumesAt),
        })
      : run.state === 'stalled'
        ? text('activity.run.stalledWords')
        : run.alreadyRunning.length > 0 && isOpen(run)
          ? text('activity.run.alreadyRunning', { count: run.alreadyRunning.length })
          : undefined;
  return (
    <>
      {run.reason !== undefined && (
        <MessageBar intent={intents[run.status ?? ''] ?? 'info'} layout="multiline">
          <MessageBarBody>{run.reason}</MessageBarBody>
        </MessageBar>
      )}
      {words !== undefined && (
        <MessageBar intent={run.state === 'stalled' ? 'warning' : 'info'} layout="multiline">
          <MessageBarBody>{words}</MessageBarBody>
        </MessageBar>
      )}
    </>
  );
}

function RunStanding({ run, policy }: { run: Run; policy: string | undefined }) {
  const text = useTexts();
  const share = shareOf(run);
  return (
    <Section title={text('resource.stand')}>
      <RunPhases run={run} />
      {isOpen(run) && (
        <ProgressLine
          name={text('activity.progress')}
          share={share}
          words={
            share === undefined
              ? text('activity.run.found', { count: run.counts.listed })
              : text('activity.run.left', { count: run.counts.pending })
          }
        />
      )}
      <Facts
        facts={[
          [text('resource.state'), <RunState run={run.state === 'waiting' ? run : { ...run, reason: undefined }} />],
          [text('activity.startedBy'), <PersonName id={run.startedBy} told={run.startedByName} />],
          [text('resource.policy'), policy],
          [text('activity.started'), <Moment iso={run.startedAt} form="both" />],
          [text('activity.duration'), <Duration from={run.startedAt} to={run.finishedAt} />],
          [text('activity.heartbeat'), isOpen(run) ? <Moment iso={run.heartbeatAt} /> : undefined],
          [
            text('activity.run.ready'),
            run.eta !== undefined && share !== undefined && share >= 0.1 ? (
              <Moment iso={run.eta} form="both" />
            ) : undefined,
          ],
          [text('activity.run.read'), <Amount bytes={run.counts.bytesRead} hint={text('activity.run.readHint')} />],
          [
            text('activity.run.newData'),
            <Amount bytes={run.counts.bytesStored} hint={text('activity.run.newDataHint')} />,
          ],
        ]}
      />
    </Section>
  );
}

/** Sizes of one run differ by what they count; each says it. */
function Amount({ bytes, hint }: { bytes: number; hint: string }) {
  const styles = usePageStyles();
  const text = useTexts();
  return (
    <>
      {text.bytes(bytes)}
      <Caption1 className={styles.note}>{hint}</Caption1>
    </>
  );
}
