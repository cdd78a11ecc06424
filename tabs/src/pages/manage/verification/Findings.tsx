import { Body1, Body1Strong, Caption1, Link, Subtitle2, makeStyles, tokens } from '@fluentui/react-components';
import { useMemo } from 'react';
import type { Finding, Verification } from '../../../../../contract/verification.ts';
import { addressOf, useLink } from '../../../app/routing.ts';
import { useTexts } from '../../../app/texts.tsx';
import { usePages } from '../../../client/usePages.ts';
import { MoreRows } from '../../../parts/grid/MoreRows.tsx';
import { ItemName } from '../../../parts/ItemName.tsx';
import { Moods } from '../../../parts/Moods.tsx';
import { useResourceName } from '../../../parts/resourceNames.tsx';
import { Section } from '../../../parts/Section.tsx';
import { Sign } from '../../../parts/Sign.tsx';
import { useManageStyles } from '../shared/manageStyles.ts';

const useStyles = makeStyles({
  group: { paddingInline: tokens.spacingHorizontalL, paddingBlock: tokens.spacingVerticalM },
  head: { overflowWrap: 'anywhere' },
  list: { listStyle: 'none', margin: 0, padding: 0 },
  line: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 3fr) minmax(0, 2fr)',
    columnGap: tokens.spacingHorizontalL,
    rowGap: tokens.spacingVerticalXS,
    paddingBlock: tokens.spacingVerticalS,
    paddingInline: tokens.spacingHorizontalL,
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
    '@media (max-width: 719px)': { gridTemplateColumns: 'minmax(0, 1fr)' },
  },
  name: { display: 'block', overflowWrap: 'anywhere' },
});

/** Everything that was found, by resource, each item by its name, and what becomes of it. */
export function Findings({ verification: { id, found } }: { verification: Verification }) {
  const text = useTexts();
  const pages = usePages(
    'listFindings',
    useMemo(() => ({ params: { id }, query: { pageSize: 100 } }), [id]),
  );
  const groups = [...Map.groupBy(pages.rows, ({ resourceId }) => resourceId ?? '')];
  return (
    <Section title={text('verify.found', { items: found.items, others: found.others })} flush>
      <Moods of={pages.first}>
        {() => (
          <>
            {groups.map(([resourceId, own]) => (
              <Group key={resourceId} resourceId={resourceId} findings={own} />
            ))}
            <MoreRows pages={pages} />
          </>
        )}
      </Moods>
    </Section>
  );
}

function Group({ resourceId, findings }: { resourceId: string; findings: readonly Finding[] }) {
  const styles = useStyles();
  const text = useTexts();
  const isOne = resourceId !== '';
  const name = useResourceName(isOne ? resourceId : undefined);
  const link = useLink(addressOf('protection', ['resource', resourceId]));
  return (
    <section aria-label={isOne ? name : text('verify.general')}>
      <div className={styles.group}>
        <Subtitle2 as="h3" className={styles.head}>
          {isOne ? (
            <Link {...link}>
              <bdi>{name}</bdi>
            </Link>
          ) : (
            text('verify.general')
          )}
        </Subtitle2>
      </div>
      <ul className={styles.list}>
        {findings.map((finding, at) => (
          <Line key={`${finding.object} ${finding.item?.id ?? ''} ${at}`} finding={finding} />
        ))}
      </ul>
    </section>
  );
}

function Line({ finding }: { finding: Finding }) {
  const styles = useStyles();
  const own = useManageStyles();
  const text = useTexts();
  const { area, kind, item, object, detail, points, unnamed = 0 } = finding;
  return (
    <li className={styles.line}>
      <div>
        <Body1Strong className={styles.name}>
          {item === undefined ? text(`verify.area.${area}`) : <ItemName name={item.name} />}
        </Body1Strong>
        <Body1 className={styles.name}>{detail}</Body1>
        {unnamed > 0 && <Body1 className={styles.name}>{text('verify.unnamed', { count: unnamed })}</Body1>}
        <Caption1 className={own.note}>{object}</Caption1>
      </div>
      <div>
        <Sign look="bad">{text(`verify.kind.${kind}`)}</Sign>
        {points.length > 0 && (
          <Caption1 className={own.note}>{text('verify.inCopies', { count: points.length })}</Caption1>
        )}
        <Caption1 className={own.note}>{healing(finding).map((key) => text(key))}</Caption1>
      </div>
    </li>
  );
}

/** What heals it, as far as anything does by itself. */
const healing = ({ item, inNewest }: Finding) =>
  inNewest === true
    ? (['verify.heals.fetch'] as const)
    : item !== undefined && inNewest === false
      ? (['verify.heals.old'] as const)
      : (['verify.heals.copy'] as const);
