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
import type { Tone } from '../../../../contract/verdict.ts';
import type { Issue } from './attention.ts';
import type { Coverage } from './coverage.ts';

/** What a tone looks like: green is for `good` alone. */
const looks = {
  good: 'good',
  busy: 'busy',
  none: 'warn',
  unseen: 'warn',
  warn: 'warn',
  bad: 'bad',
} as const satisfies Readonly<Record<Tone, string>>;

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

/** Are we safe? One sentence, and the way to what needs somebody first. */
export function Verdict({
  tone,
  issues,
  coverage,
}: {
  /** Undefined: not known yet. */
  tone: Tone | undefined;
  issues: readonly Issue[];
  coverage: Coverage | undefined;
}) {
  const styles = useStyles();
  const text = useTexts();
  const first = issues[0];
  const link = useLink(first?.address ?? '/overview');
  if (coverage === undefined || tone === undefined)
    return (
      <div className={styles.box}>
        <Skeleton aria-label={text('state.loading')} style={{ width: '100%' }}>
          <SkeletonItem size={56} />
        </Skeleton>
      </div>
    );
  const look = looks[tone];
  return (
    <section className={mergeClasses(styles.box, styles[`${look}Edge`])} aria-label={text('overview.verdict')}>
      <div className={mergeClasses(styles.icon, styles[look])} aria-hidden>
        {icons[look]}
      </div>
      <div className={styles.words}>
        <Title3 as="h2" className={styles.sentence}>
          {text(`overview.verdict.${tone}`, { count: Math.max(1, issues.length) })}
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
