import { Body1, MessageBar, MessageBarBody, makeStyles, tokens } from '@fluentui/react-components';
import { useMe } from '../../app/person.ts';
import { addressOf } from '../../app/routing.ts';
import { useTexts } from '../../app/texts.tsx';
import { useRoute, valueOf } from '../../client/useRoute.ts';
import { CareBadges, hasCare } from '../../parts/CareBadges.tsx';
import { Facts } from '../../parts/Facts.tsx';
import { LastCopy } from '../../parts/LastCopy.tsx';
import { newestCopy } from '../../parts/newestCopy.ts';
import { Moment } from '../../parts/Moment.tsx';
import { Moods } from '../../parts/Moods.tsx';
import { PageHeader } from '../../parts/PageHeader.tsx';
import { Section } from '../../parts/Section.tsx';
import { standingOf } from '../../parts/standing.ts';
import { StateWord } from '../../parts/StateWord.tsx';
import { useWorkloads, WorkloadWord } from '../../parts/workloads.tsx';
import { ResourceDamage } from './damage/ResourceDamage.tsx';
import { ExpiryPaused } from './ExpiryPaused.tsx';
import { PointTimeline } from './PointTimeline.tsx';
import { ResourceActions } from './ResourceActions.tsx';
import { ResourceErrors } from './ResourceErrors.tsx';
import { ResourceHolds } from './ResourceHolds.tsx';

const useStyles = makeStyles({
  columns: {
    display: 'grid',
    gridTemplateColumns: 'minmax(280px, 1fr) minmax(0, 2fr)',
    gap: tokens.spacingHorizontalL,
    alignItems: 'start',
    '@media (max-width: 899px)': { gridTemplateColumns: 'minmax(0, 1fr)' },
  },
  stack: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalL, minWidth: 0 },
});

/** One mailbox or drive: how it stands, its copies, and what went wrong with it. */
export function ResourcePage({ id }: { id: string }) {
  const styles = useStyles();
  const text = useTexts();
  const me = useMe();
  const workloads = useWorkloads();
  const read = useRoute('getResource', { params: { id } }, { every: () => 60_000 });
  const policies = useRoute('listPolicies', me.can.seeTenant ? { query: {} } : undefined);
  const resource = valueOf(read);
  const policy = valueOf(policies)?.value.find((each) => each.id === resource?.policyId);
  const title =
    resource === undefined
      ? text('protection.resource')
      : text('resource.full', { name: resource.name, workload: workloads.label(resource.workload) });
  const refresh = (): void => {
    if (read.state === 'ready') read.refresh();
  };
  return (
    <>
      <PageHeader
        title={title}
        crumbs={[{ name: text('page.protection'), address: addressOf('protection') }]}
        fresh={read}
      >
        {resource !== undefined && <ResourceActions resource={resource} policy={policy} atLength onChanged={refresh} />}
      </PageHeader>
      <Moods
        of={read}
        missing={{
          title: text('missing.resource'),
          list: text('protection.resources'),
          address: addressOf('protection'),
        }}
      >
        {(found) => (
          <div className={styles.stack}>
            {found.expiryPaused !== undefined && (
              <ExpiryPaused resource={found} paused={found.expiryPaused} onLifted={refresh} />
            )}
            {found.held === true && <ResourceHolds resource={found} onChanged={refresh} />}
            <div className={styles.columns}>
              <div className={styles.stack}>
                <Section title={text('resource.stand')}>
                  {found.reason !== undefined && (
                    <MessageBar
                      intent={found.state === 'failing' ? 'error' : found.nothingToCopy === true ? 'info' : 'warning'}
                      layout="multiline"
                    >
                      <MessageBarBody>{found.reason}</MessageBarBody>
                    </MessageBar>
                  )}
                  <Facts
                    facts={[
                      [text('resource.state'), <StateWord state={standingOf(found)} />],
                      [text('resource.care'), hasCare(found) ? <CareBadges resource={found} /> : undefined],
                      [text('resource.workload'), <WorkloadWord workload={found.workload} />],
                      [text('resource.address'), found.address],
                      [text('resource.policy'), policy?.name],
                      [text('resource.lastCopy'), <LastCopy resource={found} form="both" />],
                      [
                        text('resource.made'),
                        found.lastPointAt === newestCopy(found) ? undefined : (
                          <Moment iso={found.lastPointAt} form="both" />
                        ),
                      ],
                      [
                        text('resource.goneSince'),
                        found.goneSince === undefined ? undefined : <Moment iso={found.goneSince} form="both" />,
                      ],
                      [text('resource.items'), text.number(found.counts.items)],
                      [text('resource.folders'), text.number(found.counts.containers)],
                      [
                        text('resource.missing'),
                        found.counts.missing === 0 ? undefined : text.number(found.counts.missing),
                      ],
                      [text('resource.size'), text.bytes(found.bytes)],
                    ]}
                  />
                  {found.lastCopyEnds !== undefined && (
                    <MessageBar intent="warning" layout="multiline">
                      <MessageBarBody>
                        {text('resource.lastCopyEnds', { day: text.day(found.lastCopyEnds) })}
                      </MessageBarBody>
                    </MessageBar>
                  )}
                  {found.state === 'gone' && policy !== undefined && (
                    <Body1>{text('resource.goneWords', { days: policy.keepGoneDays })}</Body1>
                  )}
                </Section>
                {me.can.seeTenant && found.policyId !== undefined && (
                  <ResourceErrors resourceId={found.id} policyId={found.policyId} />
                )}
                {found.damaged !== undefined && <ResourceDamage resource={found} onChanged={refresh} />}
              </div>
              <PointTimeline resource={found} />
            </div>
          </div>
        )}
      </Moods>
    </>
  );
}
