import {
  Body1,
  Button,
  Caption1,
  Card,
  Link,
  MessageBar,
  MessageBarBody,
  ProgressBar,
  makeStyles,
  tokens,
} from '@fluentui/react-components';
import { useEffect } from 'react';
import type { SearchHit } from '../../../../../contract/resources.ts';
import { addressOf, navigate } from '../../../app/routing.ts';
import { useTexts } from '../../../app/texts.tsx';
import { useAnnounce } from '../../../parts/announcer.tsx';
import { EmptyState } from '../../../parts/EmptyState.tsx';
import { Trouble } from '../../../parts/Trouble.tsx';
import { useWorkloads } from '../../../parts/workloads.tsx';
import { useBasket } from '../basket/basket.tsx';
import type { Filters } from './FindFilters.tsx';
import { HitGrid } from './HitGrid.tsx';
import { useSearch } from './useSearch.ts';
import type { SearchQuery } from './useSearch.ts';

/** Resources that are named one by one where a search is incomplete. */
const mostNamed = 5;

const useStyles = makeStyles({
  list: { padding: 0, gap: 0, overflow: 'visible' },
  head: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    justifyContent: 'space-between',
    gap: tokens.spacingHorizontalM,
    padding: tokens.spacingHorizontalL,
  },
  words: { display: 'flex', flexDirection: 'column', minWidth: 0 },
  note: { color: tokens.colorNeutralForeground3, overflowWrap: 'anywhere' },
  foot: { padding: tokens.spacingHorizontalL, borderTop: `1px solid ${tokens.colorNeutralStroke2}` },
});

/** What was found so far; the search goes on while people already read. */
export function SearchResults({ query, onWiden }: { query: SearchQuery; onWiden: (change: Partial<Filters>) => void }) {
  const styles = useStyles();
  const text = useTexts();
  const announce = useAnnounce();
  const basket = useBasket();
  const workloads = useWorkloads();
  const { hits, looking, hasMore, last, incomplete, problem, more, retry } = useSearch(query);
  const done = !looking && problem === undefined;
  useEffect(() => {
    if (done) announce(text('find.found', { count: hits.length }));
  }, [announce, done, hits.length, text]);

  const wantAll = (): void => {
    const { q = '', workload, owner, from, to } = query;
    const rest = {
      ...(workload === undefined ? {} : { workload }),
      ...(owner === undefined ? {} : { owner }),
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      ...(query.deleted === 'true' ? { deleted: true } : {}),
    };
    basket.replace({ kind: 'query', query: { q, ...rest }, found: hits.length });
    navigate(addressOf('restore', ['options']));
  };
  const coverage = last?.coverage;
  return (
    <Card className={styles.list}>
      <div className={styles.head}>
        <div className={styles.words}>
          {/* Nothing found is said once, with the ways on. */}
          <Body1 hidden={done && hits.length === 0}>
            {text(looking ? 'find.soFar' : hasMore ? 'find.foundMore' : 'find.found', { count: hits.length })}
          </Body1>
          {last !== undefined && (
            <Caption1 className={styles.note}>
              {text('find.understood', { words: new Intl.ListFormat(text.locale).format(last.understood) })}
            </Caption1>
          )}
        </div>
        {hits.length > 0 && <Button onClick={wantAll}>{text('find.restoreAll')}</Button>}
      </div>
      {looking && (
        <ProgressBar
          thickness="medium"
          aria-label={text('find.looking')}
          {...(coverage === undefined || coverage.resources === 0
            ? {}
            : { value: coverage.searched / coverage.resources })}
        />
      )}
      {problem !== undefined && <Trouble problem={problem} onRetry={retry} />}
      {incomplete.length > 0 && (
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>
            {text('find.incomplete', {
              count: incomplete.length,
              names: new Intl.ListFormat(text.locale).format(
                incomplete
                  .slice(0, mostNamed)
                  .map(({ name, workload }) => text('resource.full', { name, workload: workloads.label(workload) })),
              ),
            })}
          </MessageBarBody>
        </MessageBar>
      )}
      {hits.length > 0 && <HitGrid hits={hits} open={openHit} />}
      {done && hits.length === 0 && <NothingFound query={query} onWiden={onWiden} />}
      {(looking || hasMore) && (
        <div className={styles.foot}>
          {looking && coverage !== undefined && (
            <Caption1 className={styles.note}>
              {text('find.progress', { searched: coverage.searched, resources: coverage.resources })}
            </Caption1>
          )}
          {hasMore && <Button onClick={more}>{text('find.more')}</Button>}
        </div>
      )}
    </Card>
  );
}

const openHit = ({ resourceId, item, point }: SearchHit): string =>
  addressOf('restore', ['browse', resourceId, point.id, item.parentId ?? 'root', item.id]);

/** Which way of asking could find more. */
function NothingFound({ query, onWiden }: { query: SearchQuery; onWiden: (change: Partial<Filters>) => void }) {
  const text = useTexts();
  const wider = [
    query.deleted === 'true' ? undefined : { words: text('find.withDeleted'), change: { deleted: true } },
    query.from === undefined && query.to === undefined
      ? undefined
      : { words: text('find.anyDate'), change: { from: undefined, to: undefined } },
    query.owner === undefined ? undefined : { words: text('find.anyPerson'), change: { owner: undefined } },
    query.workload === undefined ? undefined : { words: text('find.anyWorkload'), change: { workload: undefined } },
  ].filter((each) => each !== undefined);
  return (
    <EmptyState title={text('find.nothing')} words={text('find.nothingWords')}>
      {wider.map(({ words, change }) => (
        <Link key={words} as="button" onClick={() => onWiden(change)}>
          {words}
        </Link>
      ))}
    </EmptyState>
  );
}
