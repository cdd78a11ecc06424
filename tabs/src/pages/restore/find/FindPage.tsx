import { Body1, makeStyles, tokens } from '@fluentui/react-components';
import { useMemo } from 'react';
import { useMe } from '../../../app/person.ts';
import { addressOf, navigate, usePlace } from '../../../app/routing.ts';
import { useTexts } from '../../../app/texts.tsx';
import { PageHeader } from '../../../parts/PageHeader.tsx';
import { SearchField } from '../../../parts/SearchField.tsx';
import { endOfDay, startOfDay } from '../../../parts/dayRange.ts';
import { FindFilters } from './FindFilters.tsx';
import type { Filters } from './FindFilters.tsx';
import { OwnerList } from './OwnerList.tsx';
import { SearchResults } from './SearchResults.tsx';
import type { SearchQuery } from './useSearch.ts';

const useStyles = makeStyles({
  intro: { color: tokens.colorNeutralForeground2, marginBottom: tokens.spacingVerticalM, maxWidth: '96ch' },
  search: { maxWidth: '640px', width: '100%', marginBottom: tokens.spacingVerticalM },
});

/** Search across everything the person may restore for; below it the way to look through one mailbox or drive. */
export function FindPage() {
  const styles = useStyles();
  const text = useTexts();
  const me = useMe();
  const { query } = usePlace();
  const q = query.get('q') ?? '';
  const filters: Filters = {
    workload: query.get('workload') ?? undefined,
    owner: query.get('owner') ?? undefined,
    from: query.get('from') ?? undefined,
    to: query.get('to') ?? undefined,
    deleted: query.get('deleted') === 'true',
  };
  const go = (change: Partial<Filters> & { readonly q?: string }): void => {
    const { deleted, ...rest } = { q, ...filters, ...change };
    navigate(addressOf('restore', [], { ...rest, deleted: deleted ? 'true' : undefined }), 'replace');
  };
  const { workload, owner, from, to, deleted } = filters;
  const wanted = useMemo((): SearchQuery | undefined => {
    if (q === '') return undefined;
    return {
      q,
      pageSize: 50,
      ...(workload === undefined ? {} : { workload }),
      ...(owner === undefined ? {} : { owner }),
      ...(from === undefined ? {} : { from: startOfDay(from) }),
      ...(to === undefined ? {} : { to: endOfDay(to) }),
      ...(deleted ? { deleted: 'true' as const } : {}),
    };
  }, [q, workload, owner, from, to, deleted]);
  return (
    <>
      <PageHeader title={text('page.restore')} />
      <Body1 as="p" block className={styles.intro}>
        {text(me.can.restoreForEverybody ? 'find.introAll' : 'find.introMine')}
      </Body1>
      <SearchField
        className={styles.search}
        name={text('find.search')}
        value={q}
        onSearch={(value) => go({ q: value })}
      />
      <FindFilters filters={filters} onChange={go} />
      {wanted === undefined ? (
        <OwnerList owner={owner} workload={workload} />
      ) : (
        <SearchResults query={wanted} onWiden={go} />
      )}
    </>
  );
}
