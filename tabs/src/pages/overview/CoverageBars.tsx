import { Body1, Caption1, makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { useTexts } from '../../app/texts.tsx';
import { EmptyState } from '../../parts/EmptyState.tsx';
import { Section } from '../../parts/Section.tsx';
import { WorkloadWord } from '../../parts/workloads.tsx';
import type { TextKey } from '../../app/texts.tsx';
import type { Coverage, StandingCount } from './coverage.ts';

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
    '@media (forced-colors: active)': { backgroundColor: 'Canvas', border: '1px solid CanvasText' },
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
  gap: {
    backgroundColor: tokens.colorNeutralStroke1,
    opacity: 0.6,
    // Empty inside its edge: system themes show grey as any colour, green among them.
    '@media (forced-colors: active)': { backgroundColor: 'Canvas', opacity: 1 },
  },
  words: { display: 'block', color: tokens.colorNeutralForeground3 },
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
        {coverage.workloads.map(({ workload, wanted, safe, counts }) => (
          <li key={workload} className={styles.row}>
            <div className={styles.head}>
              <WorkloadWord workload={workload} />
              <Body1 className={styles.share}>
                {wanted === 0
                  ? text('value.none')
                  : text('coverage.share', { safe, wanted, percent: text.percent(safe / wanted) })}
              </Body1>
            </div>
            <div className={styles.bar} aria-hidden>
              {counts.map(({ standing, band, count }) =>
                band === undefined ? null : (
                  <div key={standing} className={mergeClasses(styles[band])} style={{ flexGrow: count }} />
                ),
              )}
            </div>
            <Words counts={counts.filter(({ band }) => band !== undefined)} />
            <Words counts={counts.filter(({ band }) => band === undefined)} beside />
          </li>
        ))}
      </ul>
      {!complete && <Caption1>{text('coverage.cut', { count: coverage.wanted })}</Caption1>}
    </Section>
  );
}

/** The numbers of the bar in the words that the list of resources has too; `beside`: what belongs into no bar. */
function Words({ counts, beside = false }: { counts: readonly StandingCount[]; beside?: boolean }) {
  const styles = useStyles();
  const text = useTexts();
  if (counts.length === 0) return null;
  const words = counts.map(({ standing, count }) =>
    text('coverage.part', { word: text(`state.${standing}` as TextKey), count }),
  );
  const list = words.join(' · ');
  return <Caption1 className={styles.words}>{beside ? text('coverage.beside', { list }) : list}</Caption1>;
}
