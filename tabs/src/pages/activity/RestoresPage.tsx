import { Card, makeStyles } from '@fluentui/react-components';
import { useMemo } from 'react';
import { useTexts } from '../../app/texts.tsx';
import { usePages } from '../../client/usePages.ts';
import { closely } from '../../client/useRoute.ts';
import { EmptyState } from '../../parts/EmptyState.tsx';
import { MoreRows } from '../../parts/grid/MoreRows.tsx';
import { Moods } from '../../parts/Moods.tsx';
import { PageHeader } from '../../parts/PageHeader.tsx';
import { ActivityTabs } from './ActivityTabs.tsx';
import { RestoreGrid } from './RestoreGrid.tsx';

const useStyles = makeStyles({ list: { padding: 0, gap: 0, overflow: 'visible' } });

/** Restores and downloads that this person may know of, newest first. */
export function RestoresPage() {
  const styles = useStyles();
  const text = useTexts();
  const pages = usePages(
    'listRestores',
    useMemo(() => ({ query: { pageSize: 50 } }), []),
    { every: (age, page) => (page?.value.some(({ state }) => state === 'running') === true ? closely(age) : 60_000) },
  );
  return (
    <>
      <PageHeader title={text('page.activity')} fresh={pages.first} />
      <ActivityTabs at="restores" />
      <Moods of={pages.first} rows={8}>
        {() =>
          pages.rows.length === 0 ? (
            <EmptyState title={text('restores.none')} words={text('restores.noneWords')} />
          ) : (
            <Card className={styles.list}>
              <RestoreGrid requests={pages.rows} />
              <MoreRows pages={pages} />
            </Card>
          )
        }
      </Moods>
    </>
  );
}
