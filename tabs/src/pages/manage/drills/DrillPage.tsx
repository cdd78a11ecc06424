import { MessageBar, MessageBarBody } from '@fluentui/react-components';
import type { Drill } from '../../../../../contract/verification.ts';
import { useTexts } from '../../../app/texts.tsx';
import { closely, useRoute, valueOf } from '../../../client/useRoute.ts';
import { Facts } from '../../../parts/Facts.tsx';
import { Moment } from '../../../parts/Moment.tsx';
import { Moods } from '../../../parts/Moods.tsx';
import { PersonName } from '../../../parts/personNames.tsx';
import { Section } from '../../../parts/Section.tsx';
import { Duration } from '../../activity/shared/Duration.tsx';
import { ProgressLine } from '../../activity/shared/ProgressLine.tsx';
import { useProgressAnnouncements } from '../../activity/shared/useProgressAnnouncements.ts';
import { manageAddress } from '../places.ts';
import { isUnderWay } from '../shared/inspection.ts';
import { ManageHeader } from '../shared/ManageHeader.tsx';
import { useManageStyles } from '../shared/manageStyles.ts';
import { DrillSign } from './DrillSign.tsx';
import { Evidence } from './Evidence.tsx';

const shareOf = ({ done, resources }: Drill): number | undefined =>
  resources.length === 0 ? undefined : done / resources.length;

/** One drill: how far it is, what it came to, and the evidence item by item. */
export function DrillPage({ id }: { id: string }) {
  const styles = useManageStyles();
  const text = useTexts();
  const read = useRoute(
    'getDrill',
    { params: { id } },
    { every: (age, value) => (value === undefined || isUnderWay(value) ? closely(age) : undefined) },
  );
  const drill = valueOf(read);
  useProgressAnnouncements(drill?.state, drill === undefined ? undefined : shareOf(drill));
  const list = { name: text('manage.drills'), address: manageAddress('drills') };
  return (
    <>
      <ManageHeader
        title={drill === undefined ? text('manage.drills') : text('drill.title', { at: text.moment(drill.startedAt) })}
        under={list}
        fresh={read}
      />
      <Moods of={read} missing={{ title: text('missing.drill'), list: list.name, address: list.address }}>
        {(found) => (
          <div className={styles.stack}>
            <Section title={text('resource.stand')}>
              <Stand drill={found} />
            </Section>
            <Evidence drill={found} />
          </div>
        )}
      </Moods>
    </>
  );
}

function Stand({ drill }: { drill: Drill }) {
  const text = useTexts();
  const { state, reason, startedBy, startedByName, startedAt, finishedAt, done, resources, bytes, sampleSize } = drill;
  const words = text('activity.restore.doneOf', { done, total: resources.length });
  return (
    <>
      {reason !== undefined && (
        <MessageBar intent={state === 'failed' ? 'error' : 'warning'} layout="multiline">
          <MessageBarBody>{reason}</MessageBarBody>
        </MessageBar>
      )}
      {isUnderWay(drill) && <ProgressLine name={text('activity.progress')} share={shareOf(drill)} words={words} />}
      <Facts
        facts={[
          [text('verify.result'), <DrillSign drill={drill} />],
          [text('protection.resources'), words],
          [text('drill.sample'), text('drill.sampleWords', { items: sampleSize })],
          [text('activity.run.read'), text.bytes(bytes)],
          [text('activity.startedBy'), <PersonName id={startedBy} told={startedByName} />],
          [text('activity.started'), <Moment iso={startedAt} form="both" />],
          [text('activity.duration'), <Duration from={startedAt} to={finishedAt} />],
        ]}
      />
    </>
  );
}
