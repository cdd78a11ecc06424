import { Body1, Caption1, makeStyles, tokens } from '@fluentui/react-components';
import { useMemo } from 'react';
import type { Drill, DrillResult } from '../../../../../contract/verification.ts';
import { useTexts } from '../../../app/texts.tsx';
import type { TextKey, Texts } from '../../../app/texts.tsx';
import { usePages } from '../../../client/usePages.ts';
import { closely } from '../../../client/useRoute.ts';
import { Grid } from '../../../parts/grid/Grid.tsx';
import type { Column } from '../../../parts/grid/Grid.tsx';
import { MoreRows } from '../../../parts/grid/MoreRows.tsx';
import { Moods } from '../../../parts/Moods.tsx';
import { ResourceName } from '../../../parts/resourceNames.tsx';
import { Section } from '../../../parts/Section.tsx';
import { Sign } from '../../../parts/Sign.tsx';
import { isUnderWay } from '../shared/inspection.ts';
import { useManageStyles } from '../shared/manageStyles.ts';

const useStyles = makeStyles({
  empty: { padding: tokens.spacingHorizontalL },
  checks: { margin: 0, paddingInlineStart: tokens.spacingHorizontalL, overflowWrap: 'anywhere' },
});

const keyOf = ({ resourceId, itemId = '', at }: DrillResult): string => `${resourceId} ${itemId} ${at}`;

const wrongFirst = (rows: readonly DrillResult[]): readonly DrillResult[] =>
  rows.toSorted((a, b) => Number(a.isRight) - Number(b.isRight));

/** What was compared of every item. Names of items are no part of the evidence. */
export function Evidence({ drill }: { drill: Drill }) {
  const styles = useStyles();
  const text = useTexts();
  const pages = usePages(
    'listDrillResults',
    useMemo(() => ({ params: { id: drill.id }, query: { pageSize: 50 } }), [drill.id]),
    { every: (age) => (isUnderWay(drill) ? closely(age) : undefined) },
  );
  return (
    <Section title={text('drill.evidence')} flush>
      <Moods of={pages.first}>
        {() =>
          pages.rows.length === 0 ? (
            <Body1 className={styles.empty}>{text('drill.noEvidence')}</Body1>
          ) : (
            <>
              <EvidenceGrid rows={wrongFirst(pages.rows)} />
              <MoreRows pages={pages} />
            </>
          )
        }
      </Moods>
    </Section>
  );
}

function EvidenceGrid({ rows }: { rows: readonly DrillResult[] }) {
  const styles = useManageStyles();
  const text = useTexts();
  const columns = useMemo(
    (): readonly Column<DrillResult>[] => [
      {
        id: 'where',
        name: text('activity.where'),
        width: 'minmax(160px, 1.2fr)',
        rank: 1,
        cell: ({ resourceId, itemId }) => (
          <>
            <ResourceName id={resourceId} />
            {itemId !== undefined && (
              <Caption1 className={styles.note}>{text('drill.item', { id: itemId.slice(0, 8) })}</Caption1>
            )}
          </>
        ),
      },
      {
        id: 'because',
        name: text('drill.because'),
        width: 'minmax(120px, 1fr)',
        rank: 2,
        labelled: true,
        cell: ({ because }) => because.map((each) => becauseWords(text, each)).join(' · '),
      },
      {
        id: 'size',
        name: text('resource.size'),
        width: 'minmax(70px, 0.5fr)',
        rank: 2,
        labelled: true,
        align: 'end',
        cell: ({ bytes }) => <span className={styles.numbers}>{text.bytes(bytes)}</span>,
      },
      {
        id: 'result',
        name: text('verify.result'),
        width: 'minmax(200px, 1.8fr)',
        rank: 2,
        cell: (result) => <Comparison result={result} />,
      },
    ],
    [styles.note, styles.numbers, text],
  );
  return (
    <Grid
      name={text('drill.evidence')}
      columns={columns}
      rows={rows}
      keyOf={keyOf}
      nameOf={({ itemId = '' }) => text('drill.item', { id: itemId.slice(0, 8) })}
    />
  );
}

function Comparison({ result: { isRight, checks } }: { result: DrillResult }) {
  const styles = useStyles();
  const text = useTexts();
  if (isRight) return <Sign look="good">{text('drill.allRight', { count: checks.length })}</Sign>;
  const wrong = checks.filter((check) => !check.isRight);
  return (
    <>
      <Sign look="bad">{text('drill.someWrong', { wrong: wrong.length, count: checks.length })}</Sign>
      <ul className={styles.checks}>
        {wrong.map(({ property, expected, found }) => (
          <li key={property}>
            {propertyWords(text, property)}
            <Caption1 block>
              {expected === undefined
                ? (found ?? '')
                : text('drill.compared', { expected, found: found ?? text('value.none') })}
            </Caption1>
          </li>
        ))}
      </ul>
    </>
  );
}

const reasons = new Set<string>([
  'random',
  'largest',
  'oldest',
  'deepest',
  'strangest',
  'mostParts',
  'withExactCopy',
  'withoutExactCopy',
]);
const becauseWords = (text: Texts, reason: string): string =>
  reasons.has(reason) ? text(`drill.because.${reason}` as TextKey) : reason;

const properties = new Set(['sha256', 'size', 'readable', 'mime', 'path', 'catalog', 'name']);

/** `original.sha256` is the content; what is not known here stays as the server names it. */
function propertyWords(text: Texts, property: string): string {
  const last = property.split('.').at(-1) ?? '';
  return properties.has(last) ? text(`drill.property.${last}` as TextKey) : property;
}
