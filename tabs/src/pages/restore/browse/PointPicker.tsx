import {
  Body1Strong,
  Button,
  Caption1,
  Popover,
  PopoverSurface,
  PopoverTrigger,
  makeStyles,
  tokens,
} from '@fluentui/react-components';
import { CalendarLtrRegular, ChevronLeftRegular, ChevronRightRegular } from '@fluentui/react-icons';
import { useMemo, useState } from 'react';
import type { Point } from '../../../../../contract/resources.ts';
import { useTexts } from '../../../app/texts.tsx';
import { Calendar } from '../../../parts/calendar/Calendar.tsx';
import { dayOfIso, noonOf } from '../../../parts/calendar/days.ts';
import type { Day } from '../../../parts/calendar/days.ts';
import { StateWord } from '../../../parts/StateWord.tsx';

const useStyles = makeStyles({
  bar: { display: 'flex', alignItems: 'center', gap: tokens.spacingHorizontalXS },
  panel: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalL, maxWidth: 'calc(100vw - 24px)' },
  times: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalXS, minWidth: '200px' },
  list: {
    listStyle: 'none',
    margin: 0,
    padding: 0,
    display: 'flex',
    flexDirection: 'column',
    gap: tokens.spacingVerticalXS,
    maxHeight: '260px',
    overflowY: 'auto',
  },
  time: { width: '100%', justifyContent: 'space-between', gap: tokens.spacingHorizontalM },
});

/** Chooses the copy that is looked at: by day and time, or one before and one after. Newest first in `points`. */
export function PointPicker({
  points,
  point,
  onPick,
}: {
  points: readonly Point[];
  point: Point;
  onPick: (point: Point | undefined) => void;
}) {
  const styles = useStyles();
  const text = useTexts();
  const [open, setOpen] = useState(false);
  const at = points.findIndex(({ id }) => id === point.id);
  const older = points[at + 1];
  const newer = at > 0 ? points[at - 1] : undefined;
  const pick = (chosen: Point | undefined): void => {
    setOpen(false);
    onPick(chosen);
  };
  const moment = text.moment(point.takenAt);
  return (
    <div className={styles.bar} role="group" aria-label={text('point.title')}>
      <Button
        appearance="subtle"
        icon={<ChevronLeftRegular />}
        aria-label={text('point.previous')}
        disabledFocusable={older === undefined}
        onClick={() => older !== undefined && pick(older)}
      />
      <Popover open={open} onOpenChange={(_, data) => setOpen(data.open)} trapFocus positioning="below-start">
        <PopoverTrigger disableButtonEnhancement>
          <Button icon={<CalendarLtrRegular />}>
            {at === 0 ? text('point.latest', { moment }) : text('point.at', { moment })}
          </Button>
        </PopoverTrigger>
        <PopoverSurface aria-label={text('point.title')}>
          <Panel points={points} point={point} onPick={pick} />
        </PopoverSurface>
      </Popover>
      <Button
        appearance="subtle"
        icon={<ChevronRightRegular />}
        aria-label={text('point.next')}
        disabledFocusable={newer === undefined}
        onClick={() => newer !== undefined && pick(newer)}
      />
    </div>
  );
}

function Panel({
  points,
  point,
  onPick,
}: {
  points: readonly Point[];
  point: Point;
  onPick: (point: Point | undefined) => void;
}) {
  const styles = useStyles();
  const text = useTexts();
  const [day, setDay] = useState<Day>(dayOfIso(point.takenAt));
  const byDay = useMemo(() => Map.groupBy(points, ({ takenAt }) => dayOfIso(takenAt)), [points]);
  const counts = useMemo(() => new Map([...byDay].map(([each, own]) => [each, own.length])), [byDay]);
  return (
    <div className={styles.panel}>
      <Calendar counts={counts} selected={day} onPick={setDay} />
      <div className={styles.times}>
        <Body1Strong>{text.day(noonOf(day).toISOString())}</Body1Strong>
        <ul className={styles.list}>
          {(byDay.get(day) ?? []).map((each) => (
            <li key={each.id}>
              <Button
                className={styles.time}
                appearance={each.id === point.id ? 'primary' : 'secondary'}
                aria-pressed={each.id === point.id}
                onClick={() => onPick(each)}
              >
                <span>{text.time(each.takenAt)}</span>
                <Caption1>{text('point.items', { count: each.counts.items })}</Caption1>
                {each.status === 'partial' && <StateWord state={each.status} />}
              </Button>
            </li>
          ))}
        </ul>
        <Button appearance="subtle" onClick={() => onPick(undefined)}>
          {text('point.toLatest')}
        </Button>
      </div>
    </div>
  );
}
