import { Body1Strong, Button, makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { ChevronLeftRegular, ChevronRightRegular } from '@fluentui/react-icons';
import { useEffect, useRef, useState } from 'react';
import { useTexts } from '../../app/texts.tsx';
import { addDays, addMonths, dayOf, firstDayOfWeek, noonOf, weeksOf, weekStart } from './days.ts';
import type { Day } from './days.ts';

const useStyles = makeStyles({
  head: {
    display: 'flex',
    alignItems: 'center',
    justifyContent: 'space-between',
    marginBottom: tokens.spacingVerticalS,
  },
  row: { display: 'grid', gridTemplateColumns: 'repeat(7, 36px)' },
  weekday: {
    textAlign: 'center',
    fontSize: tokens.fontSizeBase200,
    color: tokens.colorNeutralForeground3,
    paddingBlock: tokens.spacingVerticalXS,
  },
  day: {
    position: 'relative',
    width: '36px',
    height: '36px',
    padding: 0,
    border: 'none',
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: 'transparent',
    font: 'inherit',
    color: tokens.colorNeutralForegroundDisabled,
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
  },
  has: {
    cursor: 'pointer',
    color: tokens.colorNeutralForeground1,
    ':hover': { backgroundColor: tokens.colorSubtleBackgroundHover },
    '::after': {
      content: '""',
      position: 'absolute',
      bottom: '4px',
      insetInlineStart: 'calc(50% - 2.5px)',
      width: '5px',
      height: '5px',
      borderRadius: tokens.borderRadiusCircular,
      backgroundColor: 'currentcolor',
    },
  },
  other: { opacity: 0.6 },
  selected: {
    backgroundColor: tokens.colorBrandBackground,
    color: tokens.colorNeutralForegroundOnBrand,
    ':hover': { backgroundColor: tokens.colorBrandBackgroundHover },
  },
});

/** A month in which the days that have something are marked. Arrows move days, Page keys months, Home and End the week. */
export function Calendar({
  counts,
  selected,
  onPick,
}: {
  /** How many copies each day has; other days have none. */
  counts: ReadonlyMap<Day, number>;
  selected: Day;
  onPick: (day: Day) => void;
}) {
  const styles = useStyles();
  const text = useTexts();
  const first = firstDayOfWeek(text.locale);
  const [focused, setFocused] = useState(selected);
  const grid = useRef<HTMLDivElement>(null);
  const moved = useRef(false);
  useEffect(() => setFocused(selected), [selected]);
  useEffect(() => {
    if (moved.current) grid.current?.querySelector<HTMLElement>(`[data-day="${focused}"]`)?.focus();
    moved.current = false;
  }, [focused]);

  const weeks = weeksOf(focused, first);
  const long = new Intl.DateTimeFormat(text.locale, { dateStyle: 'full' });
  const weekdays = new Intl.DateTimeFormat(text.locale, { weekday: 'short' });
  const month = new Intl.DateTimeFormat(text.locale, { month: 'long', year: 'numeric' });
  const rtl = document.documentElement.dir === 'rtl';
  const steps: Readonly<Record<string, (day: Day) => Day>> = {
    ArrowLeft: (day) => addDays(day, rtl ? 1 : -1),
    ArrowRight: (day) => addDays(day, rtl ? -1 : 1),
    ArrowUp: (day) => addDays(day, -7),
    ArrowDown: (day) => addDays(day, 7),
    PageUp: (day) => addMonths(day, -1),
    PageDown: (day) => addMonths(day, 1),
    Home: (day) => weekStart(day, first),
    End: (day) => addDays(weekStart(day, first), 6),
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    moved.current = true;
    setFocused(step(focused));
  };
  const label = (day: Day): string =>
    text('calendar.day', { day: long.format(noonOf(day)), count: counts.get(day) ?? 0 });

  return (
    <div>
      <div className={styles.head}>
        <Button
          appearance="subtle"
          icon={<ChevronLeftRegular />}
          aria-label={text('calendar.previousMonth')}
          onClick={() => setFocused(addMonths(focused, -1))}
        />
        <Body1Strong aria-live="polite">{month.format(noonOf(focused))}</Body1Strong>
        <Button
          appearance="subtle"
          icon={<ChevronRightRegular />}
          aria-label={text('calendar.nextMonth')}
          onClick={() => setFocused(addMonths(focused, 1))}
        />
      </div>
      <div role="grid" aria-label={text('calendar.title')} ref={grid} onKeyDown={onKeyDown}>
        <div role="row" className={styles.row}>
          {weeks[0]?.map((day) => (
            <div key={day} role="columnheader" className={styles.weekday}>
              {weekdays.format(noonOf(day))}
            </div>
          ))}
        </div>
        {weeks.map((week) => (
          <div key={week[0]} role="row" className={styles.row}>
            {week.map((day) => (
              <div key={day} role="gridcell" aria-selected={day === selected}>
                <button
                  type="button"
                  data-day={day}
                  tabIndex={day === focused ? 0 : -1}
                  aria-label={label(day)}
                  aria-disabled={!counts.has(day)}
                  aria-current={day === dayOf(new Date()) ? 'date' : undefined}
                  className={mergeClasses(
                    styles.day,
                    counts.has(day) && styles.has,
                    day.slice(0, 7) !== focused.slice(0, 7) && styles.other,
                    day === selected && styles.selected,
                  )}
                  onClick={() => counts.has(day) && onPick(day)}
                >
                  {noonOf(day).getDate()}
                </button>
              </div>
            ))}
          </div>
        ))}
      </div>
    </div>
  );
}
