import { Body1, Caption1, makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { useTexts } from '../../app/texts.tsx';
import { EmptyState } from '../../parts/EmptyState.tsx';
import { Section } from '../../parts/Section.tsx';
import { WorkloadWord } from '../../parts/workloads.tsx';
import type { Coverage, CoverageBand } from './coverage.ts';

const bands: readonly CoverageBand[] = ['safe', 'busy', 'trouble', 'left'];

const useStyles = makeStyles({
  list: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalL, margin: 0, padding: 0 },
  row: { listStyle: 'none' },
  head: { display: 'flex', justifyContent: 'space-between', gap: tokens.spacingHorizontalM, flexWrap: 'wrap' },
  share: { fontVariantNumeric: 'tabular-nums' },
  bar: {
    display: 'flex',
    gap: '2px',
    height: '12px',
    marginBlock: tokens.spacingVerticalXS,
    borderRadius: tokens.borderRadiusCircular,
    overflow: 'hidden',
    backgroundColor: tokens.colorNeutralBackground5,
    forcedColorAdjust: 'none',
  },
  // Each band has a pattern of its own, for themes that have no colours.
  safe: {
    backgroundColor: tokens.colorStatusSuccessBackground3,
    '@media (forced-colors: active)': { backgroundColor: 'CanvasText' },
  },
  busy: {
    backgroundColor: tokens.colorCompoundBrandBackground,
    '@media (forced-colors: active)': { backgroundColor: 'Highlight' },
  },
  trouble: {
    color: tokens.colorStatusWarningForeground3,
    backgroundImage: 'repeating-linear-gradient(45deg, currentcolor 0 4px, transparent 4px 6px)',
    '@media (forced-colors: active)': { color: 'CanvasText' },
  },
  left: {
    backgroundColor: tokens.colorNeutralStroke1,
    opacity: 0.6,
    '@media (forced-colors: active)': { backgroundColor: 'GrayText' },
  },
  words: {
    color: tokens.colorNeutralForeground3,
    display: 'flex',
    flexWrap: 'wrap',
    columnGap: tokens.spacingHorizontalM,
  },
});

/** How much of each workload is protected: bars for the eye, the same in words below each. */
export function CoverageBars({ coverage, complete }: { coverage: Coverage; complete: boolean }) {
  const styles = useStyles();
  const text = useTexts();
  return (
    <Section title={text('coverage.title')}>
      {coverage.workloads.length === 0 && (
        <EmptyState title={text('coverage.none')} words={text('coverage.noneWords')} />
      )}
      <ul className={styles.list}>
        {coverage.workloads.map(({ workload, wanted, bands: counts }) => (
          <li key={workload} className={styles.row}>
            <div className={styles.head}>
              <WorkloadWord workload={workload} />
              <Body1 className={styles.share}>
                {wanted === 0 ? text('value.none') : text.percent(counts.safe / wanted)}
              </Body1>
            </div>
            <div className={styles.bar} aria-hidden>
              {bands.map((band) =>
                counts[band] === 0 ? null : (
                  <div key={band} className={mergeClasses(styles[band])} style={{ flexGrow: counts[band] }} />
                ),
              )}
            </div>
            <Caption1 className={styles.words}>
              {bands.map((band) =>
                counts[band] === 0 ? null : <span key={band}>{text(`coverage.${band}`, { count: counts[band] })}</span>,
              )}
            </Caption1>
          </li>
        ))}
      </ul>
      {!complete && <Caption1>{text('coverage.cut', { count: coverage.wanted })}</Caption1>}
    </Section>
  );
}
