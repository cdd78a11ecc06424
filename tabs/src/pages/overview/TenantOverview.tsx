import { makeStyles, tokens } from '@fluentui/react-components';
import { useMemo } from 'react';
import type { Run } from '../../../../contract/runs.ts';
import { useMe } from '../../app/person.ts';
import { useTexts } from '../../app/texts.tsx';
import { useApi } from '../../client/apiContext.ts';
import { readAll } from '../../client/readAll.ts';
import { closely, useReading, useRoute, valueOf } from '../../client/useRoute.ts';
import { useChanges } from '../../parts/changes/useChanges.ts';
import { Moods } from '../../parts/Moods.tsx';
import { PageHeader } from '../../parts/PageHeader.tsx';
import { Attention } from './Attention.tsx';
import { issuesOf } from './attention.ts';
import { coverageOf } from './coverage.ts';
import { CoverageBars } from './CoverageBars.tsx';
import { RecentActivity } from './RecentActivity.tsx';
import { RunStrip } from './RunStrip.tsx';
import { Tiles } from './Tiles.tsx';
import { toneOf } from './tone.ts';
import { Verdict } from './Verdict.tsx';

/** Coverage is counted over this many resources at most; the page says so when there are more. */
const mostResources = 4_000;
const minute = 60_000;
const recent = { query: { pageSize: 5 } };

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalL },
  columns: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 2fr) minmax(280px, 1fr)',
    gap: tokens.spacingHorizontalL,
    alignItems: 'start',
    '@media (max-width: 899px)': { gridTemplateColumns: 'minmax(0, 1fr)' },
  },
});

/** A run on its way is looked at closely; else once a minute. */
const pace = (age: number, runs: { readonly value: readonly Run[] } | undefined): number =>
  runs?.value.some(({ finishedAt }) => finishedAt === undefined) === true ? closely(age) : minute;

/** Are we safe, and what needs me? */
export function TenantOverview() {
  const styles = useStyles();
  const text = useTexts();
  const me = useMe();
  const api = useApi();
  const health = useRoute('getHealth', {}, { every: () => minute });
  const resources = useReading(
    'all resources',
    (signal) => readAll(api, 'listResources', { query: {} }, mostResources, signal),
    { every: () => minute },
  );
  const runs = useRoute('listRuns', { query: { pageSize: 100 } }, { every: pace });
  const restores = useRoute('listRestores', { query: { pageSize: 50 } }, { every: () => minute });
  const policies = useRoute('listPolicies', { query: {} });
  const waiting = useRoute(
    'listRestores',
    me.can.approve ? { query: { waitingForMe: 'true', pageSize: 50 } } : undefined,
    { every: () => minute },
  );

  const seesCare = me.can.seeAudit === 'all';
  const verifications = useRoute('listVerifications', { query: { pageSize: 100 } }, { every: () => minute });
  const drills = useRoute('listDrills', recent, { every: () => minute });
  const cleanup = useRoute('getCleanup', seesCare ? {} : undefined, { every: () => minute });
  const keys = useRoute('getKeys', seesCare ? {} : undefined);
  const changes = useChanges();

  const known = valueOf(resources);
  const coverage = useMemo(() => (known === undefined ? undefined : coverageOf(known.value)), [known]);
  const facts = {
    health: valueOf(health),
    resources: known?.value,
    runs: valueOf(runs)?.value,
    waitingForMe: valueOf(waiting)?.value,
    verifications: valueOf(verifications)?.value,
    drills: valueOf(drills)?.value,
    cleanup: valueOf(cleanup),
    keys: valueOf(keys),
    changesForMe: me.can.changePolicies
      ? changes.open.filter(({ state, askedBy }) => state === 'asked' && askedBy !== me.id)
      : undefined,
  };
  const issues = issuesOf(facts);
  const tone = toneOf(facts, known?.complete === true);
  const isComing = health.state === 'loading' || runs.state === 'loading';

  return (
    <>
      <PageHeader title={text('page.overview')} fresh={resources} />
      <Moods of={resources} rows={6}>
        {({ complete }) => (
          <div className={styles.stack}>
            <Verdict tone={tone === 'unseen' && isComing ? undefined : tone} issues={issues} coverage={coverage} />
            {coverage !== undefined && (
              <Tiles
                coverage={coverage}
                policies={valueOf(policies)?.value}
                runs={valueOf(runs)?.value}
                restores={valueOf(restores)?.value}
                waitingForMe={valueOf(waiting)?.value}
              />
            )}
            <div className={styles.columns}>
              <div className={styles.stack}>
                {issues.length > 0 && <Attention issues={issues} />}
                <RecentActivity runs={valueOf(runs)?.value ?? []} restores={valueOf(restores)?.value ?? []} />
              </div>
              <div className={styles.stack}>
                {coverage !== undefined && <CoverageBars coverage={coverage} complete={complete} />}
                <RunStrip runs={valueOf(runs)?.value ?? []} />
              </div>
            </div>
          </div>
        )}
      </Moods>
    </>
  );
}
