import type { DamagedItem } from '../repository/damage.ts';
import type { Job } from './job.ts';
import { linesForSlice } from './lineRanges.ts';
import type { Line } from './roundState.ts';

/**
 * What the newest point holds and storage lost is asked for by id, so that it is fetched again although its version tag is
 * known. One slice per call. What the source does not have any more stays where it is shown, and on the list of what is
 * damaged: whether it left is for the feed to say.
 */
export async function askDamaged(job: Job): Promise<void> {
  const { repository } = job.services;
  const after = job.state.askedDamaged ?? '';
  const left = [...job.damaged.values()].filter(({ itemId }) => job.hasLostContent(itemId) && itemId > after);
  const asked = left.slice(0, job.settings.sliceItems);
  const last = asked.at(-1)?.itemId;
  const askedAllDamaged = left.length <= asked.length;
  const found = await job.connector.locate(
    job.resource,
    asked.map(({ sourceId }) => sourceId),
    job.context,
  );
  const gone = asked.filter(({ sourceId }) => found.has(sourceId) && found.get(sourceId) === undefined);
  await repository.damage.note(
    job.resource.id,
    gone.map((item): DamagedItem => ({ ...item, goneSince: item.goneSince ?? job.now() })),
  );
  const index = await job.index();
  let seq = job.state.seq;
  const lines = asked.flatMap(({ itemId: id, sourceId }): Line[] => {
    const item = found.get(sourceId);
    // What failed before is asked for already.
    return item === undefined || index.has(id) ? [] : [{ kind: 'item', seq: ++seq, id, item }];
  });
  const place = { ...(last !== undefined && { askedDamaged: last }), askedAllDamaged };
  if (lines.length === 0) {
    job.state = { ...job.state, ...place };
    return;
  }
  const sorted = linesForSlice(lines, 0, true);
  await job.commit({
    lines: sorted.lines,
    counts: { listed: lines.length, pending: lines.length },
    state: (state, slice) => ({ ...sorted.place(state, slice), seq, ...place }),
  });
  for (const line of lines) index.add(line);
}
