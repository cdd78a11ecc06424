import { Button, Card, makeStyles, tokens } from '@fluentui/react-components';
import { useMemo } from 'react';
import type { Health } from '../../../../contract/service.ts';
import { useMe } from '../../app/person.ts';
import { addressOf, navigate, usePlace } from '../../app/routing.ts';
import { useTexts } from '../../app/texts.tsx';
import type { TextKey } from '../../app/texts.tsx';
import { usePages } from '../../client/usePages.ts';
import { useRoute, valueOf } from '../../client/useRoute.ts';
import { byOwner } from '../../parts/byOwner.ts';
import { Chips } from '../../parts/Chips.tsx';
import { EmptyState } from '../../parts/EmptyState.tsx';
import { MoreRows } from '../../parts/grid/MoreRows.tsx';
import { Moods } from '../../parts/Moods.tsx';
import { PageHeader } from '../../parts/PageHeader.tsx';
import { SearchField } from '../../parts/SearchField.tsx';
import { standings } from '../../parts/standing.ts';
import type { Standing } from '../../parts/standing.ts';
import { useWorkloads } from '../../parts/workloads.tsx';
import { ProtectionTabs } from './ProtectionTabs.tsx';
import { ResourceGrid } from './ResourceGrid.tsx';

/** `notProtected` of the server has two sides: what lacks a policy, and what has nothing to copy. */
const asked = (standing: Standing) => {
  if (standing === 'nothingToCopy') return { state: 'notProtected', nothingToCopy: 'true' } as const;
  return standing === 'notProtected' ? ({ state: standing, nothingToCopy: 'false' } as const) : { state: standing };
};

const useStyles = makeStyles({
  filters: {
    display: 'flex',
    flexDirection: 'column',
    gap: tokens.spacingVerticalM,
    marginBottom: tokens.spacingVerticalL,
  },
  search: { maxWidth: '420px', width: '100%' },
  list: { padding: 0, gap: 0, overflow: 'visible' },
});

/** Everything that is or could be protected; filters stand in the address, so that they can be sent to somebody. */
export function ResourcesPage() {
  const styles = useStyles();
  const text = useTexts();
  const me = useMe();
  const workloads = useWorkloads();
  const { query } = usePlace();
  const q = query.get('q') ?? '';
  const state = standings.find((each) => each === query.get('state'));
  const workload = query.get('workload') ?? undefined;
  const filter = useMemo(
    () => ({
      query: {
        pageSize: 100,
        ...(q === '' ? {} : { q }),
        ...(state === undefined ? {} : asked(state)),
        ...(workload === undefined ? {} : { workload }),
      },
    }),
    [q, state, workload],
  );
  const pages = usePages('listResources', filter, { every: () => 60_000 });
  const health = useRoute('getHealth', me.can.seeTenant ? {} : undefined);
  const policies = useRoute('listPolicies', me.can.seeTenant ? { query: {} } : undefined);
  const known = knownOf(valueOf(health));
  const rows = useMemo(() => byOwner(pages.rows, text.locale).flat(), [pages.rows, text.locale]);

  const go = (change: Readonly<Record<string, string | undefined>>): void =>
    navigate(addressOf('protection', [], { q, state, workload, ...change }), 'replace');
  const clear = (): void => navigate(addressOf('protection'), 'replace');
  const filtered = q !== '' || state !== undefined || workload !== undefined;

  return (
    <>
      <PageHeader title={text('page.protection')} fresh={pages.first} />
      <ProtectionTabs at="resources" />
      <div className={styles.filters}>
        <SearchField
          className={styles.search}
          name={text('protection.search')}
          value={q}
          onSearch={(value) => go({ q: value })}
        />
        <Chips
          name={text('protection.byState')}
          value={state}
          onChange={(chosen) => go({ state: chosen })}
          chips={[
            { value: undefined, name: text('filter.allStates') },
            ...standings
              .filter((each) => known === undefined || (known[each] ?? 0) > 0 || each === state)
              .map((each) => {
                const word = text(`state.${each}` as TextKey);
                const count = known?.[each];
                return { value: each, name: count === undefined ? word : text('filter.counted', { word, count }) };
              }),
          ]}
        />
        {workloads.all.length > 1 && (
          <Chips
            name={text('protection.byWorkload')}
            value={workload}
            onChange={(chosen) => go({ workload: chosen })}
            chips={[
              { value: undefined, name: text('filter.allWorkloads') },
              ...workloads.all.map((each) => ({ value: each.workload, name: each.label })),
            ]}
          />
        )}
      </div>
      <Moods of={pages.first} rows={8}>
        {() =>
          rows.length === 0 ? (
            <EmptyState
              title={text(filtered ? 'filter.nothing' : 'protection.none')}
              words={text(filtered ? 'filter.nothingWords' : 'protection.noneWords')}
            >
              {filtered && <Button onClick={clear}>{text('filter.clear')}</Button>}
            </EmptyState>
          ) : (
            <Card className={styles.list}>
              <ResourceGrid
                rows={rows}
                policies={valueOf(policies)?.value ?? []}
                onChanged={() => pages.first.state === 'ready' && pages.first.refresh()}
              />
              <MoreRows pages={pages} />
            </Card>
          )
        }
      </Moods>
    </>
  );
}

/** How many there are of each, as far as the server tells this reader. */
function knownOf(health: Health | undefined): Readonly<Partial<Record<string, number>>> | undefined {
  if (health?.resources === undefined) return undefined;
  const { nothingToCopy = 0, resources } = health;
  return { ...resources, notProtected: (resources['notProtected'] ?? 0) - nothingToCopy, nothingToCopy };
}
