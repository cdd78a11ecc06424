import { Body1Strong, Caption1, Link, makeStyles, tokens } from '@fluentui/react-components';
import { useMemo } from 'react';
import type { Point, Resource } from '../../../../contract/resources.ts';
import { addressOf, useLink } from '../../app/routing.ts';
import { useTexts } from '../../app/texts.tsx';
import { usePages } from '../../client/usePages.ts';
import { keptWords } from '../../parts/keptWords.ts';
import { EmptyState } from '../../parts/EmptyState.tsx';
import { MoreRows } from '../../parts/grid/MoreRows.tsx';
import { Moment } from '../../parts/Moment.tsx';
import { Moods } from '../../parts/Moods.tsx';
import { Section } from '../../parts/Section.tsx';
import { StateWord } from '../../parts/StateWord.tsx';

const useStyles = makeStyles({
  list: { listStyle: 'none', margin: 0, padding: 0 },
  point: {
    position: 'relative',
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr) auto',
    columnGap: tokens.spacingHorizontalM,
    paddingBlock: tokens.spacingVerticalS,
    paddingInlineStart: '44px',
    paddingInlineEnd: tokens.spacingHorizontalL,
    // The rail and its dots are decoration over the same list.
    '::before': {
      content: '""',
      position: 'absolute',
      insetInlineStart: '23px',
      top: 0,
      bottom: 0,
      width: '2px',
      backgroundColor: tokens.colorNeutralStroke2,
    },
    '::after': {
      content: '""',
      position: 'absolute',
      insetInlineStart: '18px',
      top: '16px',
      width: '12px',
      height: '12px',
      boxSizing: 'border-box',
      borderRadius: tokens.borderRadiusCircular,
      border: `2px solid ${tokens.colorBrandStroke1}`,
      backgroundColor: tokens.colorNeutralBackground1,
    },
  },
  note: { display: 'block', color: tokens.colorNeutralForeground3 },
  going: { display: 'block', color: tokens.colorNeutralForeground1 },
  goes: { fontWeight: tokens.fontWeightSemibold },
  end: { display: 'flex', flexDirection: 'column', alignItems: 'flex-end', gap: tokens.spacingVerticalXXS },
});

/** Every copy there is, newest first. */
export function PointTimeline({ resource }: { resource: Resource }) {
  const styles = useStyles();
  const text = useTexts();
  const pages = usePages(
    'listPoints',
    useMemo(() => ({ params: { id: resource.id }, query: { pageSize: 20 } }), [resource.id]),
  );
  return (
    <Section title={text('points.title')} flush>
      <Moods of={pages.first}>
        {() =>
          pages.rows.length === 0 ? (
            <EmptyState title={text('points.none')} words={text('points.noneWords')} />
          ) : (
            <>
              <ol className={styles.list}>
                {pages.rows.map((point) => (
                  <PointLine key={point.id} resource={resource} point={point} />
                ))}
              </ol>
              <MoreRows pages={pages} />
            </>
          )
        }
      </Moods>
    </Section>
  );
}

function PointLine({ resource, point }: { resource: Resource; point: Point }) {
  const styles = useStyles();
  const text = useTexts();
  const link = useLink(addressOf('restore', ['browse', resource.id, point.id]));
  return (
    <li className={styles.point}>
      <div>
        <Body1Strong>
          <Moment iso={point.takenAt} form="both" />
        </Body1Strong>
        <Caption1 className={styles.note}>
          {text('points.note', { count: point.counts.items, size: text.bytes(point.bytes) })}
          {point.confirmedAt !== undefined && point.confirmedAt > point.takenAt && (
            <> · {text('points.confirmed', { at: text.moment(point.confirmedAt) })}</>
          )}
          {point.counts.missing > 0 && <> · {text('points.missing', { count: point.counts.missing })}</>}
        </Caption1>
        {point.reason !== undefined && <Caption1 className={styles.note}>{point.reason}</Caption1>}
        <WhyKept point={point} />
      </div>
      <div className={styles.end}>
        <StateWord state={point.status} />
        <Link {...link} aria-label={text('points.browseAt', { moment: text.moment(point.takenAt) })}>
          {text('resource.browse')}
        </Link>
      </div>
    </li>
  );
}

/** Why it is still there and when it goes, by the answer that the removal itself goes by. Only some readers are told. */
function WhyKept({ point: { keptBecause, expiresAt } }: { point: Point }) {
  const styles = useStyles();
  const text = useTexts();
  if (keptBecause === undefined) return null;
  if (keptBecause.length === 0) return <Caption1 className={styles.going}>{text('points.goesNext')}</Caption1>;
  return (
    <Caption1 className={styles.note}>
      {text('points.kept', { reasons: keptWords(text, keptBecause).join(' · ') })}
      {expiresAt !== undefined && (
        <>
          {' · '}
          <strong className={styles.goes}>{text('points.goes', { day: text.day(expiresAt) })}</strong>
        </>
      )}
    </Caption1>
  );
}
