import { z } from 'zod';
import type { RestoreContext, TargetContainer, WriteOrder } from '../../../engine/connector.ts';
import { Fault, isFault } from '../../../engine/fault.ts';
import {
  NOTHING_EXPECTED,
  segment,
  sharepointScope,
  type Graph,
  type UploadState,
  type UploadTarget,
} from '../../../graph/index.ts';
import { restoreOptions } from '../../restoreOptions.ts';
import { driveItemShape, type DriveItem, type DriveMeta } from '../shapes.ts';

/** 32 × 320 KiB: what Microsoft recommends, and a bound for memory. */
const RANGE_BYTES = 10 * 1024 * 1024;
/** A range of which nothing is taken is sent so often. */
const MOST_REFUSALS = 3;

const sessionShape = z.object({ uploadUrl: z.string() });
/** Where a large upload stood: sealed by the engine, read by nobody else. */
const progressShape = z.object({ url: z.string(), size: z.number() });

export interface FileTarget {
  readonly driveId: string;
  readonly container: TargetContainer;
  readonly name: string;
  readonly size: number;
  readonly meta: DriveMeta;
}

/**
 * Writes one file through an upload session, its dates with it. The last range, which makes the file appear, is sent
 * only after the content ended well. An upload that was cut off goes on where the service says.
 */
export async function uploadFile(
  graph: Graph,
  target: FileTarget,
  order: WriteOrder,
  context: RestoreContext,
): Promise<DriveItem> {
  if (target.size === 0) return writeEmptyFile(graph, target, order, context);
  const resumed = await resume(graph, target, order, context);
  const url = resumed?.url ?? (await openSession(graph, target, order, context));
  const upload = graph.upload(url, restoreOptions(sharepointScope, context));
  if (resumed === undefined && target.size > RANGE_BYTES)
    await order.saveProgress(JSON.stringify({ url, size: target.size }));
  try {
    const made = driveItemShape.safeParse(await sendRanges(upload, target, order, resumed?.nextByte ?? 0));
    if (made.success) return made.data;
    // It was taken whole; which file it became is looked up.
    throw new Fault('unavailable', 'The upload did not say which file it made', {
      origin: 'graph',
      code: 'UnknownForm',
      outcomeUnknown: true,
      cause: made.error,
    });
  } catch (error) {
    if (isFault(error, 'not-found'))
      throw new Fault('unavailable', 'The upload session is gone', {
        origin: 'graph',
        code: 'UploadSessionGone',
        outcomeUnknown: true,
        cause: error,
      });
    // Content that failed its check must not be finished by a later attempt.
    if (!isFault(error, 'unavailable', 'throttled', 'cancelled')) await upload.cancel().catch(() => undefined);
    throw error;
  }
}

interface Resumed {
  readonly url: string;
  readonly nextByte: number;
}

async function resume(
  graph: Graph,
  target: FileTarget,
  order: WriteOrder,
  context: RestoreContext,
): Promise<Resumed | undefined> {
  if (order.progress === undefined) return undefined;
  const progress = progressShape.safeParse(JSON.parse(order.progress));
  if (!progress.success || progress.data.size !== target.size) return undefined;
  const { url } = progress.data;
  try {
    const state = await graph.upload(url, restoreOptions(sharepointScope, context)).status();
    // With every byte taken there is nothing left by which it could be ended.
    return state.kind === 'open' && state.nextByte < target.size ? { url, nextByte: state.nextByte } : undefined;
  } catch (error) {
    // Sessions end by themselves: start again.
    if (isFault(error, 'not-found', 'resync', 'unauthorized', 'forbidden')) return undefined;
    if (isFault(error) && error.code === NOTHING_EXPECTED) return undefined;
    throw error;
  }
}

async function openSession(
  graph: Graph,
  { driveId, container, name, size, meta }: FileTarget,
  { conflict, existing }: WriteOrder,
  context: RestoreContext,
): Promise<string> {
  const options = restoreOptions(sharepointScope, context);
  const replaced = conflict === 'replace' ? existing : undefined;
  const where =
    replaced === undefined
      ? `items/${segment(container.sourceId)}:/${segment(name)}:`
      : `items/${segment(replaced.sourceId)}`;
  const item = {
    '@microsoft.graph.conflictBehavior': replaced === undefined ? 'fail' : 'replace',
    name,
    fileSize: size,
    ...(meta.fileSystemInfo === undefined ? {} : { fileSystemInfo: meta.fileSystemInfo }),
  };
  // Only the version that the plan saw may be replaced.
  const { uploadUrl } = await graph.post(
    sessionShape,
    `/drives/${segment(driveId)}/${where}/createUploadSession`,
    { item },
    { ...options, ...(replaced === undefined ? {} : { ifMatch: replaced.tag }) },
  );
  return uploadUrl;
}

async function sendRanges(
  upload: UploadTarget,
  { size }: FileTarget,
  order: WriteOrder,
  from: number,
): Promise<unknown> {
  const content = order.content('original', from);
  if (content === undefined)
    throw new Fault('missing', 'The backup holds no content of this file', { origin: 'storage' });
  // One range is filled over the other: buffers of its size, made anew each time, stay for long with the collector.
  const range = Buffer.alloc(Math.min(RANGE_BYTES, size - from));
  let at = from;
  let held = 0;
  for await (const chunk of content) {
    for (let taken = 0; taken < chunk.length;) {
      // There is more than this range, so it is not the last one.
      if (held === range.length) {
        if (at + held === size) throw otherLength(`more than ${size} bytes`, size);
        const state = await sent(upload, range, at, size);
        if (state.kind === 'complete') throw endedEarly();
        at = state.nextByte;
        held = 0;
      }
      const piece = chunk.subarray(taken, taken + range.length - held);
      range.set(piece, held);
      held += piece.length;
      taken += piece.length;
    }
  }
  if (at + held !== size) throw otherLength(`${at + held} bytes`, size);
  const state = await sent(upload, range.subarray(0, held), at, size);
  if (state.kind === 'complete') return state.item;
  throw new Fault('unavailable', 'The upload did not end with a file', { origin: 'graph', outcomeUnknown: true });
}

const otherLength = (given: string, size: number): Fault =>
  new Fault('corrupt', `The backup gave ${given} of a file of ${size}`, { origin: 'storage' });

const endedEarly = (): Fault =>
  new Fault('unavailable', 'The upload ended before the file did', { origin: 'graph', outcomeUnknown: true });

/**
 * Sends one range to its end: a service may take less than it was sent, and expects the rest then. One that expects another
 * place has lost something.
 */
async function sent(upload: UploadTarget, range: Buffer, at: number, size: number): Promise<UploadState> {
  let taken = 0;
  for (let refusals = 0; ;) {
    const state = await upload.putRange(range.subarray(taken), at + taken, size);
    if (state.kind === 'complete' || state.nextByte === at + range.length) return state;
    const now = state.nextByte - at;
    refusals = now === taken ? refusals + 1 : 0;
    if (now < taken || now > range.length || refusals === MOST_REFUSALS)
      throw new Fault('unavailable', 'The upload session expects another place than where it was left', {
        origin: 'graph',
      });
    taken = now;
  }
}

/** A session takes no empty file. */
async function writeEmptyFile(
  graph: Graph,
  { driveId, container, name, meta }: FileTarget,
  { conflict, existing }: WriteOrder,
  context: RestoreContext,
): Promise<DriveItem> {
  const options = restoreOptions(sharepointScope, context);
  const dates = meta.fileSystemInfo === undefined ? {} : { fileSystemInfo: meta.fileSystemInfo };
  if (conflict === 'replace' && existing !== undefined) {
    const item = await graph.put(
      driveItemShape,
      `/drives/${segment(driveId)}/items/${segment(existing.sourceId)}/content`,
      Buffer.alloc(0),
      { ...options, ifMatch: existing.tag },
    );
    return graph.patch(driveItemShape, `/drives/${segment(driveId)}/items/${segment(item.id)}`, dates, options);
  }
  return graph.post(
    driveItemShape,
    `/drives/${segment(driveId)}/items/${segment(container.sourceId)}/children`,
    { name, file: {}, '@microsoft.graph.conflictBehavior': 'fail', ...dates },
    options,
  );
}
