import { Caption1, Link, makeStyles, tokens } from '@fluentui/react-components';
import { ArrowDownloadRegular } from '@fluentui/react-icons';
import { useMemo } from 'react';
import type { RestoreRequest, RestoreResult } from '../../../../../contract/restore.ts';
import { useTexts } from '../../../app/texts.tsx';
import { useApi } from '../../../client/apiContext.ts';
import { toCsv } from '../../../client/csv.ts';
import { readAll } from '../../../client/readAll.ts';
import { saveBlob } from '../../../client/saveFile.ts';
import { useAction } from '../../../client/useAction.ts';
import { usePages } from '../../../client/usePages.ts';
import { ActionButton } from '../../../parts/ActionButton.tsx';
import { Grid } from '../../../parts/grid/Grid.tsx';
import type { Column } from '../../../parts/grid/Grid.tsx';
import { ItemName } from '../../../parts/ItemName.tsx';
import { MoreRows } from '../../../parts/grid/MoreRows.tsx';
import { Moods } from '../../../parts/Moods.tsx';
import { Section } from '../../../parts/Section.tsx';
import { StateWord } from '../../../parts/StateWord.tsx';
import { Trouble } from '../../../parts/Trouble.tsx';

/** A table of more rows is cut; its last line says so. */
const mostRows = 20_000;

const useStyles = makeStyles({
  reason: { display: 'block', color: tokens.colorNeutralForeground3 },
});

const keyOf = (result: RestoreResult): string =>
  `${result.resourceId ?? ''} ${result.itemId ?? result.name} ${result.targetId ?? ''}`;

const ofUndo = {
  removed: 'undone',
  changed: 'keptChanged',
  gone: 'goneBefore',
  inPlace: 'keptInPlace',
} as const satisfies Readonly<Record<NonNullable<RestoreResult['undo']>, string>>;

/** What became of it last: what an undo did with it comes after what the restore did. */
const outcomeOf = ({ outcome, undo }: RestoreResult): string => (undo === undefined ? outcome : ofUndo[undo]);

const isGone = ({ undo }: RestoreResult): boolean => undo === 'removed' || undo === 'gone';
const nameOf = (result: RestoreResult): string => result.name;

/** What became of every item, with the way to where it lies now. */
export function Results({ request }: { request: RestoreRequest }) {
  const styles = useStyles();
  const text = useTexts();
  const api = useApi();
  const pages = usePages(
    'listRestoreResults',
    useMemo(() => ({ params: { id: request.id }, query: { pageSize: 100 } }), [request.id]),
    { every: () => (request.state === 'running' || request.undo?.state === 'running' ? 5_000 : undefined) },
  );
  const csv = useAction(async () => {
    const { value } = await readAll(api, 'listRestoreResults', { params: { id: request.id }, query: {} }, mostRows);
    const rows = value.map((each) => [each.name, outcomeOf(each), each.reason, each.sha256, each.itemId, each.webUrl]);
    saveBlob(
      toCsv(['Name', 'Outcome', 'Reason', 'SHA-256', 'Item', 'Address'], rows),
      `holdfast-restore-${request.id.slice(0, 8)}.csv`,
    );
  });
  const columns = useMemo(
    (): readonly Column<RestoreResult>[] => [
      {
        id: 'name',
        name: text('item.name'),
        width: 'minmax(180px, 2fr)',
        rank: 1,
        cell: (result) => (
          <>
            {result.webUrl === undefined || isGone(result) ? (
              <ItemName name={result.name} />
            ) : (
              <Link href={result.webUrl} target="_blank" rel="noreferrer">
                <ItemName name={result.name} />
              </Link>
            )}
            {result.reason !== undefined && <Caption1 className={styles.reason}>{result.reason}</Caption1>}
          </>
        ),
      },
      {
        id: 'outcome',
        name: text('results.outcome'),
        width: 'minmax(140px, 1fr)',
        rank: 2,
        cell: (result) => {
          const outcome = outcomeOf(result);
          return <StateWord state={outcome === 'downloaded' ? 'packed' : outcome} />;
        },
      },
    ],
    [styles.reason, text],
  );
  return (
    <Section
      title={text('results.title')}
      flush
      actions={
        <ActionButton size="small" icon={<ArrowDownloadRegular />} busy={csv.busy} onClick={() => void csv.run()}>
          {text('results.csv')}
        </ActionButton>
      }
    >
      {csv.problem !== undefined && <Trouble problem={csv.problem} />}
      <Moods of={pages.first}>
        {() => (
          <>
            <Grid name={text('results.title')} columns={columns} rows={pages.rows} keyOf={keyOf} nameOf={nameOf} />
            <MoreRows pages={pages} />
          </>
        )}
      </Moods>
    </Section>
  );
}
