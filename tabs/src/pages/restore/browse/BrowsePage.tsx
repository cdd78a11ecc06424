import type { Point } from '../../../../../contract/resources.ts';
import { addressOf, navigate } from '../../../app/routing.ts';
import { useTexts } from '../../../app/texts.tsx';
import { useApi } from '../../../client/apiContext.ts';
import { readAll } from '../../../client/readAll.ts';
import { useReading, useRoute, valueOf } from '../../../client/useRoute.ts';
import { EmptyState } from '../../../parts/EmptyState.tsx';
import { Moods } from '../../../parts/Moods.tsx';
import { NotFound } from '../../../parts/NotFound.tsx';
import { PageHeader } from '../../../parts/PageHeader.tsx';
import { useWorkloads } from '../../../parts/workloads.tsx';
import { browseAddress, root } from '../places.ts';
import { pointAt } from './pointAt.ts';
import { PointPicker } from './PointPicker.tsx';
import { PointView } from './PointView.tsx';

/** More copies than this are not offered one by one. */
const mostPoints = 2_000;

/** A copy of one mailbox or drive, to look through; looking changes nothing. */
export function BrowsePage({
  resourceId,
  at,
  folder,
  item,
}: {
  resourceId: string;
  at: string;
  folder: string | undefined;
  item: string | undefined;
}) {
  const text = useTexts();
  const api = useApi();
  const workloads = useWorkloads();
  const resource = useRoute('getResource', { params: { id: resourceId } });
  const points = useReading(`points ${resourceId}`, (signal) =>
    readAll(api, 'listPoints', { params: { id: resourceId }, query: {} }, mostPoints, signal),
  );
  const known = valueOf(resource);
  const point = pointAt(valueOf(points)?.value ?? [], at);
  const inside = folder === root ? undefined : folder;
  const title =
    known === undefined
      ? text('browse.title')
      : text('resource.full', { name: known.name, workload: workloads.label(known.workload) });
  // Another time shows the same folder, where that time has it.
  const goTo = (chosen: Point | undefined): void => navigate(browseAddress(resourceId, chosen?.id ?? 'latest', inside));
  return (
    <>
      <PageHeader title={title} crumbs={[{ name: text('page.restore'), address: addressOf('restore') }]}>
        {point !== undefined && <PointPicker points={valueOf(points)?.value ?? []} point={point} onPick={goTo} />}
      </PageHeader>
      <Moods
        of={resource}
        rows={8}
        missing={{
          title: text('missing.resource'),
          list: text('page.restore'),
          address: addressOf('restore'),
        }}
      >
        {(found) => (
          <Moods of={points} rows={8}>
            {(all) =>
              point === undefined ? (
                <NoPoint resourceId={resourceId} points={all.value} />
              ) : (
                <PointView
                  key={point.id}
                  resource={found}
                  point={point}
                  shownAt={at}
                  folder={inside}
                  itemId={item}
                  rootName={workloads.label(found.workload)}
                />
              )
            }
          </Moods>
        )}
      </Moods>
    </>
  );
}

/** There is no copy at all yet, or none that the address means. */
function NoPoint({ resourceId, points }: { resourceId: string; points: readonly Point[] }) {
  const text = useTexts();
  const first = points.at(-1);
  return first === undefined ? (
    <EmptyState title={text('points.none')} words={text('points.noneWords')} />
  ) : (
    <NotFound
      title={text('browse.noMoment')}
      words={text('browse.noMomentWords', { first: text.moment(first.takenAt) })}
      link={text('browse.newest')}
      address={browseAddress(resourceId)}
    />
  );
}
