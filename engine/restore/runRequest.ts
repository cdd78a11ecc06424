import type { Connector, ContainerStep, RestoreContext, TargetContainer, WriteOrder, Written } from '../connector.ts';
import { Fault, isFault } from '../fault.ts';
import type { Entry } from '../model/item.ts';
import { instant } from '../model/ids.ts';
import type { PointId, ResourceId } from '../model/ids.ts';
import type { ProtectedResource } from '../model/resource.ts';
import type { ItemResult, RestoreCounts, RestoreResult, UndoneItem } from '../model/restoreRequest.ts';
import type { PointReader } from '../repository/repository.ts';
import { outageAt } from './outageAt.ts';
import { pageHolding } from './planRequest.ts';
import type { PlannedItem } from './planRequest.ts';
import { journalKey, letGo, rowWriter } from './requestStore.ts';
import type { RequestTenure, StoredRequest } from './requestStore.ts';
import type { RestoreServices } from './restoreServices.ts';
import { attemptsPerItem, pauseAfter, retireSurely } from './retireSurely.ts';
import { readMeta } from './selectItems.ts';

/** One item's row in the journal: written before the target is touched, completed after. */
export interface ItemJournal {
  readonly attempts: number;
  readonly container?: TargetContainer;
  readonly name?: string;
  readonly lookAlikes: number;
  /** Ids of the look-alikes: what stood there before is never taken for what this request made. */
  readonly before?: readonly string[];
  readonly progress?: string;
  readonly targetResource?: ResourceId;
  readonly written?: Written;
  /**
   * Of an item that takes the place of another: false from when it stands there until the other is known to be out of the
   * way. In between nobody knows whether there are both.
   */
  readonly retired?: boolean;
  /**
   * Of an undo: `begun` before the target is touched, so that what is gone after a lost answer counts as removed. `kept`
   * is how earlier versions wrote all that stayed.
   */
  readonly undo?: 'begun' | 'kept' | UndoneItem;
  readonly result?: ItemResult;
  /** Of a download: how far a large item was read and checked by earlier jobs. */
  readonly checked?: { readonly bytes: number; readonly crc32: number };
  /** Of a download: what is handed out under which true name. */
  readonly file?: {
    readonly trueName: readonly string[];
    readonly size: number;
    readonly crc32: number;
    readonly stream: string;
    /** When the item came in or was last changed; absent in downloads made ready by earlier versions. */
    readonly dated?: string;
  };
}

/** Bytes of a large item that every job moves on, so that jobs however short come to an end. */
const leastPerJob = 32 * 1024 * 1024;

/** One job at work: its hold on the request, and when (ms) it hands on. */
export interface Shift {
  readonly tenure: RequestTenure;
  readonly until: number;
}

const timeSpentCode = 'JobTimeSpent';
/** Ends a job in the middle of an item that the next one can go on with. */
export const timeSpent = (): Fault =>
  new Fault('cancelled', 'The time of this job is spent; the next one goes on with the item', { code: timeSpentCode });

/** How one kind of request treats one item; answers the completed journal row. */
export type CarryOut = (
  item: PlannedItem,
  path: readonly ContainerStep[],
  journal: ItemJournal | undefined,
  number: number,
  /** Writes the row. */
  put: (row: ItemJournal) => Promise<void>,
) => Promise<ItemJournal & { readonly result: ItemResult }>;

/**
 * One step of carrying a request out: item after item in the plan's order, each with its row in the journal, so that
 * whatever dies, the next job knows what was done. Answers when the job's time is spent or everything has a result.
 */
export async function runStep(
  { tenure, until }: Shift,
  services: RestoreServices,
  carryOut: CarryOut,
): Promise<'more' | 'done'> {
  const { request } = tenure.current;
  let counts = request.counts ?? noCounts(tenure.current.work.planned);
  let at = tenure.current.work.at;
  let saved = at;
  const reached = (): ((stored: StoredRequest) => StoredRequest) => {
    const now = { counts, at };
    return (stored) => ({
      ...stored,
      request: { ...stored.request, counts: now.counts },
      work: { ...stored.work, at: now.at },
    });
  };
  const save = async (change: (stored: StoredRequest) => StoredRequest = (stored) => stored): Promise<void> => {
    const keep = reached();
    try {
      await tenure.save((stored) => change(keep(stored)));
    } catch (error) {
      // Stopped: what was restored until then is told with its end.
      if (isFault(error, 'cancelled')) await tenure.release(keep);
      throw error;
    }
    saved = at;
  };

  let beat = services.clock.now();
  while (at < tenure.current.work.planned) {
    const page = await pageHolding(services, request.id, at, tenure.current.work.planPages);
    for (const item of page.items.slice(at - page.first)) {
      const stored = await services.records.requests.journal.get(request.id, journalKey('item', at));
      const journal = stored?.value as ItemJournal | undefined;
      const put = rowWriter(services, request.id, journalKey('item', at), stored?.etag);
      const done = isFinished(journal)
        ? journal
        : await inTime(carryOut(item, page.paths[item.path] ?? [], journal, at, put)).catch(async (error: unknown) => {
            // How far it came counts, whatever ends the job here.
            if (isFault(error, 'cancelled')) await tenure.release(reached());
            else if (at > saved && isFault(error) && !isFault(error, 'stale-fence')) await save();
            throw error;
          });
      if (done === undefined) {
        await save(letGo);
        return 'more';
      }
      counts = count(counts, done.result, item.bytes);
      at++;
      // A heartbeat now and then also shows progress; a cancelled request is noticed here.
      if (at - saved >= 20 || services.clock.now() - beat > 5_000) {
        await save();
        beat = services.clock.now();
      }
      if (services.clock.now() >= until) {
        await save(letGo);
        return 'more';
      }
    }
  }
  await save();
  return 'done';
}

/** Undefined when the job ended in the middle of the item. */
async function inTime<Row>(carried: Promise<Row>): Promise<Row | undefined> {
  try {
    return await carried;
  } catch (error) {
    if (isFault(error, 'cancelled') && error.code === timeSpentCode) return undefined;
    throw error;
  }
}

const isFinished = (journal: ItemJournal | undefined): journal is ItemJournal & { readonly result: ItemResult } =>
  journal?.result !== undefined && journal.retired !== false;

/** Gives items back into Microsoft 365. */
export function writeBack({ tenure, until }: Shift, services: RestoreServices, signal: AbortSignal): CarryOut {
  const { request } = tenure.current;
  const context: RestoreContext = { signal };
  const resources = new Map<string, ProtectedResource>();
  const readers = new Map<PointId, PointReader>();
  const containers = new Map<string, TargetContainer>();

  const resourceOf = async (id: ProtectedResource['id']): Promise<ProtectedResource> => {
    const known = resources.get(id) ?? (await services.records.resources.get(id))?.value;
    if (known === undefined) throw new Fault('not-found', `Resource ${id} is not known any more.`);
    resources.set(id, known);
    return known;
  };
  const entryOf = async (item: PlannedItem): Promise<Entry> => {
    const reader = readers.get(item.pointId) ?? (await services.repository.points.open(item.resourceId, item.pointId));
    readers.set(item.pointId, reader);
    const entry = await reader.item(item.itemId);
    if (entry === undefined)
      throw new Fault('missing', `Item ${item.itemId} is not in restore point ${item.pointId}.`, { origin: 'storage' });
    return entry;
  };
  const containerOf = async (
    connector: Connector,
    place: ProtectedResource,
    path: readonly ContainerStep[],
  ): Promise<TargetContainer> => {
    const key = `${place.id}\n${JSON.stringify(path)}`;
    const known = containers.get(key) ?? (await connector.restore.container(place, path, context));
    containers.set(key, known);
    return known;
  };

  return async (item, path, journal, number, put) => {
    const named = { itemId: item.itemId, resourceId: item.resourceId, name: item.name };
    const keep = async <T extends ItemJournal>(row: T): Promise<T> => {
      await put(row);
      return row;
    };
    if (item.decision === 'skip' || item.decision === 'cannot') {
      const outcome = item.decision === 'skip' ? ('skipped' as const) : ('failed' as const);
      return keep({
        attempts: 0,
        lookAlikes: 0,
        result: { ...named, outcome, ...(item.reason === undefined ? {} : { reason: item.reason }) },
      });
    }
    // An upload that goes on from job to job is one attempt, however many jobs it takes.
    let row: ItemJournal = { lookAlikes: 0, ...journal, attempts: journal?.progress ? 0 : (journal?.attempts ?? 0) };
    // Signs of life go out while a large item is under way; once its upload can go on elsewhere, the job ends in time.
    const atWork = async function* (bytes: AsyncIterable<Uint8Array>, again: number): AsyncGenerator<Uint8Array> {
      let given = 0;
      for await (const piece of bytes) {
        await tenure.beat();
        if (row.progress !== undefined && given >= again + leastPerJob && services.clock.now() >= until)
          throw timeSpent();
        given += piece.length;
        yield piece;
      }
    };
    let target: Parameters<typeof outageAt>[0] | undefined;
    try {
      const source = await resourceOf(item.resourceId);
      const place = request.destination.kind === 'resource' ? await resourceOf(request.destination.resourceId) : source;
      const connector = services.connectors.get(source.workload);
      if (connector === undefined) throw new Fault('unsupported', `Nothing here can restore ${source.workload}.`);
      target = { connector, place, path };
      const entry = await entryOf(item);
      const container = row.container ?? (await containerOf(connector, place, path));
      const meta = once(() => readMeta(services.repository, entry));
      if (journal === undefined) {
        const there = await connector.restore.look(place, container, entry, context, meta);
        const before = there.map(({ sourceId }) => sourceId);
        const fresh = { attempts: 0, container, lookAlikes: before.length, before, targetResource: place.id };
        row = await keep(
          item.decision === 'keepBoth'
            ? { ...fresh, name: await connector.restore.freeName(place, container, entry, context) }
            : fresh,
        );
      }
      const opened = await meta();
      const write = (current: ItemJournal): WriteOrder => ({
        mark: `${request.id}-${number}`,
        conflict: item.decision === 'replace' ? 'replace' : 'keepBoth',
        lookAlikes: current.lookAlikes,
        meta: opened,
        ...(current.before === undefined ? {} : { before: current.before }),
        ...(current.name === undefined ? {} : { name: current.name }),
        ...(item.decision === 'replace' && item.existing !== undefined ? { existing: item.existing } : {}),
        ...(current.progress === undefined ? {} : { progress: current.progress }),
        content: (name, from = 0, again = 0) => {
          const stream = entry.streams.find((candidate) => candidate.name === name);
          if (stream === undefined) return undefined;
          return atWork(services.repository.readStream(stream, { from, to: stream.size }), again);
        },
        async saveProgress(progress) {
          row = await keep({ ...row, progress });
        },
      });
      let written =
        row.written ??
        (journal === undefined
          ? undefined
          : await connector.restore.find(place, container, entry, write(row), context));
      while (written === undefined) {
        row = await keep({ ...row, attempts: row.attempts + 1 });
        try {
          written = await connector.restore.write(place, container, entry, write(row), context);
        } catch (error) {
          if (!isFault(error, 'unavailable')) throw error;
          await services.clock.sleep(pauseAfter(row.attempts), signal);
          // Perhaps it arrived and only the answer was lost.
          written = await connector.restore.find(place, container, entry, write(row), context);
          if (written === undefined && row.attempts >= attemptsPerItem) throw error;
        }
      }
      const outcome =
        item.decision === 'replace'
          ? 'replaced'
          : written.result === 'changedByService'
            ? 'changedByService'
            : item.decision === 'keepBoth'
              ? 'keptBoth'
              : 'restored';
      const result: ItemResult = {
        ...named,
        outcome,
        targetId: written.sourceId,
        ...(written.webUrl === undefined ? {} : { webUrl: written.webUrl }),
        ...(entry.sha256 === undefined ? {} : { sha256: entry.sha256 }),
        ...(written.changes === undefined ? {} : { reason: written.changes.join(' ') }),
      };
      const toRetire =
        item.decision === 'replace' && item.existing !== undefined && item.existing.sourceId !== written.sourceId;
      row = { ...row, written, ...(toRetire ? { retired: false } : {}) };
      const finished = await keep({ ...row, result });
      if (!toRetire || item.existing === undefined) return finished;
      await retireSurely({ connector, place }, item.existing, services.clock, context);
      return await keep({ ...finished, retired: true });
    } catch (error) {
      // The whole request waits or stops; this item is tried again then.
      if (
        isFault(error, 'throttled', 'cancelled', 'stale-fence', 'key-unavailable', 'storage-full') ||
        (isFault(error) && error.origin === 'storage' && error.kind === 'unavailable')
      )
        throw error;
      if (!isFault(error)) throw error;
      const outage =
        isFault(error, 'unavailable') && target !== undefined ? await outageAt(target, error, context) : undefined;
      // Only who still holds the request may say what became of an item.
      await tenure.save((stored) => stored);
      if (outage !== undefined) {
        // What its tries met was not this item's doing: after the wait they count anew.
        if (row.container !== undefined) await keep({ ...row, attempts: 0 });
        throw outage;
      }
      return keep({ ...row, result: { ...named, outcome: 'failed', reason: error.message } });
    }
  };
}

/** Opened when it is first asked for, and once. */
const once = <Value>(open: () => Promise<Value>): (() => Promise<Value>) => {
  let opened: Promise<Value> | undefined;
  return () => (opened ??= open());
};

const noCounts = (total: number): RestoreCounts => ({
  total,
  restored: 0,
  changedByService: 0,
  keptBoth: 0,
  replaced: 0,
  skipped: 0,
  failed: 0,
  bytes: 0,
});

function count(counts: RestoreCounts, { outcome }: RestoreResult, bytes: number): RestoreCounts {
  if (outcome === 'skipped') return { ...counts, skipped: counts.skipped + 1 };
  if (outcome === 'failed') return { ...counts, failed: counts.failed + 1 };
  return {
    ...counts,
    restored: counts.restored + 1,
    bytes: counts.bytes + bytes,
    changedByService: counts.changedByService + (outcome === 'changedByService' ? 1 : 0),
    keptBoth: counts.keptBoth + (outcome === 'keptBoth' ? 1 : 0),
    replaced: counts.replaced + (outcome === 'replaced' ? 1 : 0),
  };
}

/** The end of a request: `failed` only when nothing at all could be done. */
export const finish = (stored: StoredRequest, now: number): StoredRequest => {
  const counts = stored.request.counts;
  const nothing = counts !== undefined && counts.total > 0 && counts.failed === counts.total;
  return letGo({
    ...stored,
    request: {
      ...stored.request,
      state: nothing ? 'failed' : 'done',
      finishedAt: instant(now),
      ...(nothing ? { trouble: 'No item could be restored; each says why.' } : {}),
    },
  });
};
