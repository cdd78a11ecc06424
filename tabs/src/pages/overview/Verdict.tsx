import {
  Body1,
  Button,
  Skeleton,
  SkeletonItem,
  Title3,
  makeStyles,
  mergeClasses,
  tokens,
} from '@fluentui/react-components';
import { ArrowSyncCircleFilled, ShieldCheckmarkFilled, ShieldErrorFilled, WarningFilled } from '@fluentui/react-icons';
import { useLink } from '../../app/routing.ts';
import { useTexts } from '../../app/texts.tsx';
import type { Issue } from './attention.ts';
import type { Coverage } from './coverage.ts';

type Tone = 'good' | 'busy' | 'warn' | 'bad';

const useStyles = makeStyles({
  box: {
    display: 'flex',
    alignItems: 'center',
    flexWrap: 'wrap',
    gap: tokens.spacingHorizontalL,
    padding: tokens.spacingHorizontalXL,
    borderRadius: tokens.borderRadiusXLarge,
    backgroundColor: tokens.colorNeutralBackground1,
    boxShadow: tokens.shadow4,
    border: `1px solid ${tokens.colorTransparentStroke}`,
    borderInlineStartWidth: '4px',
    borderInlineStartStyle: 'solid',
  },
  icon: {
    display: 'grid',
    placeItems: 'center',
    width: '56px',
    height: '56px',
    borderRadius: tokens.borderRadiusCircular,
    fontSize: '32px',
    flexShrink: 0,
  },
  words: { flexGrow: 1, flexBasis: '240px', display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalXXS },
  sentence: { overflowWrap: 'anywhere' },
  more: { color: tokens.colorNeutralForeground2 },
  goodEdge: { borderInlineStartColor: tokens.colorStatusSuccessBorderActive },
  busyEdge: { borderInlineStartColor: tokens.colorBrandStroke1 },
  warnEdge: { borderInlineStartColor: tokens.colorStatusWarningBorderActive },
  badEdge: { borderInlineStartColor: tokens.colorStatusDangerBorderActive },
  good: { color: tokens.colorStatusSuccessForeground1, backgroundColor: tokens.colorStatusSuccessBackground1 },
  busy: { color: tokens.colorBrandForeground1, backgroundColor: tokens.colorBrandBackground2 },
  warn: { color: tokens.colorStatusWarningForeground1, backgroundColor: tokens.colorStatusWarningBackground1 },
  bad: { color: tokens.colorStatusDangerForeground1, backgroundColor: tokens.colorStatusDangerBackground1 },
});

const icons = {
  good: <ShieldCheckmarkFilled />,
  busy: <ArrowSyncCircleFilled />,
  warn: <WarningFilled />,
  bad: <ShieldErrorFilled />,
} as const;

function toneOf(issues: readonly Issue[], coverage: Coverage): Tone {
  if (issues.some(({ severity }) => severity === 'critical')) return 'bad';
  if (issues.some(({ severity }) => severity === 'action')) return 'warn';
  if (
    coverage.safe < coverage.wanted &&
    coverage.workloads.some(({ counts }) => counts.some(({ band }) => band === 'busy'))
  )
    return 'busy';
  return issues.length > 0 ? 'warn' : 'good';
}

/** Are we safe? One sentence, and the way to what needs somebody first. */
export function Verdict({
  sentence,
  issues,
  coverage,
}: {
  sentence: string | undefined;
  issues: readonly Issue[];
  coverage: Coverage | undefined;
}) {
  const styles = useStyles();
  const text = useTexts();
  const first = issues[0];
  const link = useLink(first?.address ?? '/overview');
  if (coverage === undefined)
    return (
      <div className={styles.box}>
        <Skeleton aria-label={text('state.loading')} style={{ width: '100%' }}>
          <SkeletonItem size={56} />
        </Skeleton>
      </div>
    );
  const tone = toneOf(issues, coverage);
  return (
    <section className={mergeClasses(styles.box, styles[`${tone}Edge`])} aria-label={text('overview.verdict')}>
      <div className={mergeClasses(styles.icon, styles[tone])} aria-hidden>
        {icons[tone]}
      </div>
      <div className={styles.words}>
        <Title3 as="h2" className={styles.sentence}>
          {tone === 'busy' || sentence === undefined
            ? text(`overview.verdict.${tone}`, { count: issues.length })
            : sentence}
        </Title3>
        <Body1 className={styles.more}>
          {text('overview.covered', { safe: coverage.safe, wanted: coverage.wanted })}
        </Body1>
      </div>
      {first !== undefined && (
        <Button as="a" appearance="primary" {...link}>
          {text('overview.review')}
        </Button>
      )}
    </section>
  );
}
