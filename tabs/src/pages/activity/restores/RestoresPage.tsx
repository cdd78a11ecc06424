import { Body1, Button, Card } from '@fluentui/react-components';
import { useMemo } from 'react';
import type { RestoreRequest } from '../../../../../contract/restore.ts';
import { useMe } from '../../../app/person.ts';
import { addressOf, navigate, usePlace } from '../../../app/routing.ts';
import { useTexts } from '../../../app/texts.tsx';
import type { TextKey } from '../../../app/texts.tsx';
import { usePages } from '../../../client/usePages.ts';
import { closely } from '../../../client/useRoute.ts';
import { Chips } from '../../../parts/Chips.tsx';
import { EmptyState } from '../../../parts/EmptyState.tsx';
import { MoreRows } from '../../../parts/grid/MoreRows.tsx';
import { Moods } from '../../../parts/Moods.tsx';
import { PageHeader } from '../../../parts/PageHeader.tsx';
import { ActivityTabs } from '../ActivityTabs.tsx';
import { usePageStyles } from '../shared/pageStyles.ts';
import { isOpenRequest, isWorking } from './requestFacts.ts';
import { RequestGrid } from './RequestGrid.tsx';

const shows = ['open', 'done', 'mine'] as const;
type Show = (typeof shows)[number];
const quietPace = 30_000;

const isShown = (request: RestoreRequest, show: Show | undefined, me: string): boolean =>
  show === undefined || (show === 'mine' ? request.asker.id === me : (show === 'open') === isOpenRequest(request));

/** Restores and downloads, newest first; members see their own. */
export function RestoresPage() {
  const styles = usePageStyles();
  const text = useTexts();
  const me = useMe();
  const { query } = usePlace();
  const show = shows.find((each) => each === query.get('show'));
  const input = useMemo(() => ({ query: { pageSize: 100 } }), []);
  const pages = usePages('listRestores', input, {
    every: (age, answer) => (answer?.value.some(isWorking) === true ? closely(age) : quietPace),
  });
  const rows = useMemo(() => pages.rows.filter((request) => isShown(request, show, me.id)), [pages.rows, show, me.id]);
  const go = (chosen: Show | undefined): void =>
    navigate(addressOf('activity', ['restores'], { show: chosen }), 'replace');
  const seesOthers = me.can.seeTenant || me.can.approve;
  return (
    <>
      <PageHeader title={text('page.activity')} fresh={pages.first} />
      <ActivityTabs at="restores" />
      <div className={styles.filters}>
        <Chips
          name={text('protection.byState')}
          value={show}
          onChange={go}
          chips={[
            { value: undefined, name: text('filter.allStates') },
            ...shows
              .filter((each) => each !== 'mine' || seesOthers)
              .map((each) => ({ value: each, name: text(`activity.show.${each}` as TextKey) })),
          ]}
        />
        {!seesOthers && <Body1 className={styles.note}>{text('activity.restore.onlyYours')}</Body1>}
      </div>
      <Moods of={pages.first} rows={6}>
        {() =>
          pages.rows.length === 0 ? (
            <EmptyState title={text('activity.restore.none')} words={text('activity.restore.noneWords')}>
              <Button onClick={() => navigate(addressOf('restore'))}>{text('mine.find')}</Button>
            </EmptyState>
          ) : (
            <Card className={styles.list}>
              {rows.length === 0 ? (
                <EmptyState
                  title={text('filter.nothing')}
                  words={text('activity.restore.nothingWords', { count: pages.rows.length })}
                >
                  <Button onClick={() => go(undefined)}>{text('filter.clear')}</Button>
                </EmptyState>
              ) : (
                <RequestGrid rows={rows} />
              )}
              <MoreRows pages={pages} />
            </Card>
          )
        }
      </Moods>
    </>
  );
}
