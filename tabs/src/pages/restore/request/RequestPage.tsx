import { makeStyles, tokens } from '@fluentui/react-components';
import type { RestoreRequest } from '../../../../../contract/restore.ts';
import { addressOf } from '../../../app/routing.ts';
import { useTexts } from '../../../app/texts.tsx';
import { closely, useRoute, valueOf } from '../../../client/useRoute.ts';
import { Moods } from '../../../parts/Moods.tsx';
import { PageHeader } from '../../../parts/PageHeader.tsx';
import { ShareButton } from '../../../parts/ShareButton.tsx';
import { DownloadNotice } from './DownloadNotice.tsx';
import { Outcome } from './Outcome.tsx';
import { PlanView } from './PlanView.tsx';
import { RequestActions } from './RequestActions.tsx';
import { RequestFacts } from './RequestFacts.tsx';
import { Results } from './Results.tsx';
import { RunView } from './RunView.tsx';
import { useStateAnnouncement } from './useStateAnnouncement.ts';

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

const moving: ReadonlySet<RestoreRequest['state']> = new Set(['planning', 'approved', 'running']);

const undoWatch = 120_000;

/** Looked at closely while it moves by itself; a decision of somebody else may take days. */
const pace = (age: number, request: RestoreRequest | undefined): number | undefined => {
  if (request === undefined || moving.has(request.state) || request.undo?.state === 'running') return closely(age);
  if (request.state === 'waiting' || request.state === 'ready') return 15_000;
  // Undoing begins after the end and shows in the request alone; the age starts anew with every action.
  return age < undoWatch ? 5_000 : undefined;
};

/** One restore request on its way: what the check says, the decision, the progress, and what became of every item. */
export function RequestPage({ id, from }: { id: string; from: 'restore' | 'activity' }) {
  const styles = useStyles();
  const text = useTexts();
  const read = useRoute('getRestore', { params: { id } }, { every: pace });
  const request = valueOf(read);
  useStateAnnouncement(request);
  const refresh = (): void => {
    if (read.state === 'ready') read.refresh();
    if (read.state === 'failed') read.retry();
  };
  const title = request?.destination.kind === 'download' ? 'request.download' : 'request.title';
  return (
    <>
      <PageHeader
        title={text(title)}
        crumbs={
          from === 'restore'
            ? [{ name: text('page.restore'), address: addressOf('restore') }]
            : [
                { name: text('page.activity'), address: addressOf('activity') },
                { name: text('activity.restores'), address: addressOf('activity', ['restores']) },
              ]
        }
        fresh={read}
      >
        <ShareButton page="activity" rest={['restore', id]} />
      </PageHeader>
      <Moods
        of={read}
        rows={6}
        missing={{
          title: text('missing.request'),
          list: text('activity.restores'),
          address: addressOf('activity', ['restores']),
        }}
      >
        {(found) => (
          <div className={styles.columns}>
            <div className={styles.stack}>
              <Outcome request={found} />
              {(found.state === 'running' || found.state === 'approved') && <RunView request={found} />}
              <PlanView request={found} />
              <RequestActions request={found} onChanged={refresh} />
              <DownloadNotice request={found} />
              {found.counts !== undefined && found.counts.total > 0 && (
                // Read anew when it has moved on: also what an undo did with each item.
                <Results key={`${found.state} ${found.undo?.state ?? ''} ${found.undone?.at ?? ''}`} request={found} />
              )}
            </div>
            <RequestFacts request={found} />
          </div>
        )}
      </Moods>
    </>
  );
}
