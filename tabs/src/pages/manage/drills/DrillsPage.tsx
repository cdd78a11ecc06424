import { Body1, Caption1, Card, Link } from '@fluentui/react-components';
import { PlayCircleRegular } from '@fluentui/react-icons';
import { useMemo, useState } from 'react';
import type { Drill } from '../../../../../contract/verification.ts';
import { useMe } from '../../../app/person.ts';
import { follow, navigate } from '../../../app/routing.ts';
import { useTexts } from '../../../app/texts.tsx';
import { useApi } from '../../../client/apiContext.ts';
import { useAction } from '../../../client/useAction.ts';
import { usePages } from '../../../client/usePages.ts';
import { closely } from '../../../client/useRoute.ts';
import { ActionButton } from '../../../parts/ActionButton.tsx';
import { Confirm } from '../../../parts/Confirm.tsx';
import { EmptyState } from '../../../parts/EmptyState.tsx';
import { Grid } from '../../../parts/grid/Grid.tsx';
import type { Column } from '../../../parts/grid/Grid.tsx';
import { MoreRows } from '../../../parts/grid/MoreRows.tsx';
import { Moment } from '../../../parts/Moment.tsx';
import { Moods } from '../../../parts/Moods.tsx';
import { PersonName } from '../../../parts/personNames.tsx';
import { Duration } from '../../activity/shared/Duration.tsx';
import { manageAddress } from '../places.ts';
import { isUnderWay } from '../shared/inspection.ts';
import { ManageHeader } from '../shared/ManageHeader.tsx';
import { useManageStyles } from '../shared/manageStyles.ts';
import { DrillPlan } from './DrillPlan.tsx';
import { DrillSign } from './DrillSign.tsx';

const quietPace = 30_000;
const input = { query: { pageSize: 20 } };
const keyOf = ({ id }: Drill): string => id;
const addressOfOne = ({ id }: Drill): string => manageAddress('drills', id);

/** Restore drills, newest first, how often they come, and the button for another one. */
export function DrillsPage() {
  const styles = useManageStyles();
  const text = useTexts();
  const me = useMe();
  const [isStarting, setIsStarting] = useState(false);
  const pages = usePages('listDrills', input, {
    every: (age, answer) => (answer?.value.some(isUnderWay) === true ? closely(age) : quietPace),
  });
  return (
    <>
      <ManageHeader title={text('manage.drills')} fresh={pages.first}>
        {me.can.changeSettings && (
          <ActionButton appearance="primary" icon={<PlayCircleRegular />} onClick={() => setIsStarting(true)}>
            {text('drill.start')}
          </ActionButton>
        )}
      </ManageHeader>
      <div className={styles.stack}>
        <Body1 className={styles.intro}>{text('drill.intro')}</Body1>
        <Moods of={pages.first}>
          {() =>
            pages.rows.length === 0 ? (
              <EmptyState title={text('drill.none')} words={text('drill.noneWords')} />
            ) : (
              <Card className={styles.list}>
                <DrillGrid rows={pages.rows} />
                <MoreRows pages={pages} />
              </Card>
            )
          }
        </Moods>
        {me.can.seeAudit === 'all' && <DrillPlan />}
      </div>
      {isStarting && <StartDrill onClose={() => setIsStarting(false)} />}
    </>
  );
}

function StartDrill({ onClose }: { onClose: () => void }) {
  const text = useTexts();
  const api = useApi();
  const start = useAction(() => api.call('startDrill', {}));
  const act = async (): Promise<void> => {
    const started = await start.run();
    if (started === undefined) return;
    onClose();
    navigate(manageAddress('drills', started.id));
  };
  return (
    <Confirm
      title={text('drill.startTitle')}
      action={text('drill.start')}
      busy={start.busy}
      problem={start.problem}
      onAct={() => void act()}
      onClose={onClose}
    >
      <Body1>{text('drill.startWords')}</Body1>
    </Confirm>
  );
}

function DrillGrid({ rows }: { rows: readonly Drill[] }) {
  const styles = useManageStyles();
  const text = useTexts();
  const columns = useMemo(
    (): readonly Column<Drill>[] => [
      {
        id: 'started',
        name: text('activity.started'),
        width: 'minmax(170px, 1fr)',
        rank: 1,
        cell: (each) => (
          <>
            <Link href={addressOfOne(each)} onClick={(event) => follow(event, addressOfOne(each))}>
              {text.moment(each.startedAt)}
            </Link>
            <Caption1 className={styles.note}>
              <Moment iso={each.startedAt} /> · <PersonName id={each.startedBy} told={each.startedByName} />
            </Caption1>
          </>
        ),
      },
      {
        id: 'result',
        name: text('verify.result'),
        width: 'minmax(200px, 1.6fr)',
        rank: 2,
        cell: (each) => <DrillSign drill={each} />,
      },
      {
        id: 'resources',
        name: text('protection.resources'),
        width: 'minmax(110px, 0.7fr)',
        rank: 2,
        labelled: true,
        cell: ({ done, resources }) => (
          <span className={styles.numbers}>{text('activity.restore.doneOf', { done, total: resources.length })}</span>
        ),
      },
      {
        id: 'bytes',
        name: text('verify.looked'),
        width: 'minmax(90px, 0.6fr)',
        rank: 2,
        labelled: true,
        cell: ({ bytes }) => <span className={styles.numbers}>{text.bytes(bytes)}</span>,
      },
      {
        id: 'duration',
        name: text('activity.duration'),
        width: 'minmax(70px, 0.5fr)',
        rank: 3,
        align: 'end',
        cell: ({ startedAt, finishedAt }) => <Duration from={startedAt} to={finishedAt} />,
      },
    ],
    [styles.note, styles.numbers, text],
  );
  return (
    <Grid
      name={text('manage.drills')}
      columns={columns}
      rows={rows}
      keyOf={keyOf}
      nameOf={({ startedAt }) => text.moment(startedAt)}
      onOpen={(each) => navigate(addressOfOne(each))}
    />
  );
}
