import { Button, Caption1, makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { useMemo, useState } from 'react';
import type { Run } from '../../../../contract/runs.ts';
import { useTexts } from '../../app/texts.tsx';
import { noonOf } from '../../parts/calendar/days.ts';
import { Section } from '../../parts/Section.tsx';
import { StateWord } from '../../parts/StateWord.tsx';
import { runDays } from './runDays.ts';
import type { DayMood, RunDay } from './runDays.ts';

const days = 30;

const useStyles = makeStyles({
  strip: {
    display: 'grid',
    gridTemplateColumns: `repeat(${days}, minmax(0, 1fr))`,
    gap: '3px',
    alignItems: 'end',
    height: '48px',
  },
  day: { borderRadius: tokens.borderRadiusSmall, forcedColorAdjust: 'none' },
  // Height tells them apart where colour does not.
  good: {
    height: '100%',
    backgroundColor: tokens.colorStatusSuccessBackground3,
    '@media (forced-colors: active)': { backgroundColor: 'CanvasText' },
  },
  issues: {
    height: '66%',
    color: tokens.colorStatusWarningForeground3,
    backgroundImage: 'repeating-linear-gradient(45deg, currentcolor 0 3px, transparent 3px 5px)',
    '@media (forced-colors: active)': { color: 'CanvasText' },
  },
  failed: {
    height: '33%',
    backgroundColor: tokens.colorStatusDangerBackground3,
    '@media (forced-colors: active)': { backgroundColor: 'Highlight' },
  },
  none: {
    height: '4px',
    backgroundColor: tokens.colorNeutralStroke1,
    '@media (forced-colors: active)': { backgroundColor: 'CanvasText', height: '2px' },
  },
  ends: { display: 'flex', justifyContent: 'space-between', color: tokens.colorNeutralForeground3 },
  table: { width: '100%', borderCollapse: 'collapse', textAlign: 'start' },
  scroll: { maxHeight: '260px', overflowY: 'auto' },
});

const words: Readonly<Record<DayMood, string>> = {
  good: 'complete',
  issues: 'partial',
  failed: 'failed',
  none: 'none',
};

/** One column per day; the same as a table for whoever wants to read it. */
export function RunStrip({ runs }: { runs: readonly Run[] }) {
  const styles = useStyles();
  const text = useTexts();
  const [asTable, setAsTable] = useState(false);
  const shown = useMemo(() => runDays(runs, days, new Date()), [runs]);
  const withRuns = shown.filter(({ runs: count }) => count > 0);
  const fine = withRuns.filter(({ mood }) => mood === 'good').length;
  const dayName = ({ day }: RunDay): string => text.day(noonOf(day).toISOString());
  const first = shown[0];
  return (
    <Section
      title={text('strip.title', { fine, days: withRuns.length })}
      actions={
        <Button appearance="transparent" size="small" onClick={() => setAsTable(!asTable)}>
          {text(asTable ? 'strip.asChart' : 'strip.asTable')}
        </Button>
      }
    >
      {asTable ? (
        <div className={styles.scroll} tabIndex={0} role="group" aria-label={text('strip.table')}>
          <table className={styles.table}>
            <thead>
              <tr>
                <th scope="col">{text('strip.day')}</th>
                <th scope="col">{text('resource.state')}</th>
                <th scope="col">{text('activity.runs')}</th>
              </tr>
            </thead>
            <tbody>
              {withRuns.toReversed().map((day) => (
                <tr key={day.day}>
                  <td>{dayName(day)}</td>
                  <td>
                    <StateWord state={words[day.mood]} />
                  </td>
                  <td>{text.number(day.runs)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : (
        <>
          <div className={styles.strip} role="img" aria-label={text('strip.words', { fine, days: withRuns.length })}>
            {shown.map((day) => (
              <div key={day.day} title={dayName(day)} className={mergeClasses(styles.day, styles[day.mood])} />
            ))}
          </div>
          <Caption1 className={styles.ends}>
            <span>{first === undefined ? '' : dayName(first)}</span>
            <span>{text('strip.today')}</span>
          </Caption1>
        </>
      )}
    </Section>
  );
}
