import type { Job } from './job.ts';
import { linesForSlice } from './lineRanges.ts';
import type { Line } from './roundState.ts';

/**
 * What failed in earlier rounds is asked for by id before anything else, so that it is tried first and is not lost
 * when the feed never speaks of it again. One slice per call.
 */
export async function askMissing(job: Job): Promise<void> {
  const failing = [...job.missing.values()].filter((entry) => entry.outcome === 'failed');
  const asked = failing.slice(job.state.asked, job.state.asked + job.settings.sliceItems);
  const found = await job.connector.locate(
    job.resource,
    asked.map(({ sourceId }) => sourceId),
    job.context,
  );
  const index = await job.index();
  let seq = job.state.seq;
  const lines = asked.flatMap(({ itemId: id, sourceId }): Line[] => {
    const item = found.get(sourceId);
    // A connector that says nothing about an item has not said that it is gone: it stays what it was.
    if (!found.has(sourceId)) return [];
    return [item ? { kind: 'item', seq: ++seq, id, item } : { kind: 'gone', seq: ++seq, id, sourceId }];
  });
  const listed = lines.filter((line) => line.kind === 'item').length;
  const sorted = linesForSlice(lines, 0, true);
  await job.commit({
    lines: sorted.lines,
    counts: { listed, pending: listed },
    state: (state, slice) => ({
      ...sorted.place(state, slice),
      seq,
      asked: state.asked + asked.length,
      askedAll: state.asked + asked.length >= failing.length,
      questions: state.questions + lines.length - listed,
    }),
  });
  for (const line of lines) index.add(line);
}
