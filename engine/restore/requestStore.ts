import { Fault, isFault } from '../fault.ts';
import { instant } from '../model/ids.ts';
import type { Instant, RequestId } from '../model/ids.ts';
import type { RestoreRequest } from '../model/restoreRequest.ts';
import type { Mishaps } from '../model/run.ts';
import type { Log } from '../ports/log.ts';
import type { Versioned } from '../records/records.ts';
import type { FoundPages } from './foundItems.ts';
import type { RestoreServices } from './restoreServices.ts';
import type { PinnedPoint } from './selectItems.ts';

/** A request with what its jobs need to go on; kept sealed in one record. */
export interface StoredRequest {
  readonly request: RestoreRequest;
  readonly pinned: readonly PinnedPoint[];
  /** What its query found among deleted items; absent when there was nothing. */
  readonly found?: FoundPages;
  readonly work: RequestWork;
}

export interface RequestWork {
  readonly fence: number;
  readonly holder?: string;
  /** What its query found is still being written down: nobody takes it up before. */
  readonly gathering?: true;
  /** Items that are on finished plan pages. */
  readonly planned: number;
  readonly planPages: number;
  /** Where carrying out stands: everything before it has a result. */
  readonly at: number;
  /** Where undoing stands; absent when nobody asked for it. */
  readonly undoAt?: number;
  /** Set while jobs end in passing trouble and nothing gets on. */
  readonly stuck?: Stuck;
  readonly mishaps?: RequestMishaps;
  /** It ended, and the outbox does not have it yet. */
  readonly untold?: true;
}

/** What befell its messages while it stood at one place. */
export interface RequestMishaps extends Mishaps {
  readonly place: string;
}

export interface Stuck {
  readonly since: Instant;
  /** Jobs in a row. */
  readonly tries: number;
  /** Where it stood; a job that finds it elsewhere has got on. */
  readonly place: string;
}

export const newWork: RequestWork = { fence: 0, planned: 0, planPages: 0, at: 0 };

export async function loadRequest(
  services: Pick<RestoreServices, 'records'>,
  id: RequestId,
): Promise<Versioned<StoredRequest>> {
  const stored = await services.records.requests.get(id);
  if (stored === undefined) throw new Fault('not-found', `There is no restore request ${id}.`, { origin: 'input' });
  return stored as Versioned<StoredRequest>;
}

/** Requests that do not open are told by name; nobody else has to suffer for them. */
export function nameUnreadable(ids: readonly RequestId[], log: Log): void {
  for (const id of ids) log.error('restore.unreadable', { request: id });
}

/**
 * Changes a request whatever else happens to it meanwhile: on a conflict it is read again and `change` decides anew.
 * `change` throws to refuse; answering the same object leaves the record as it is.
 */
export async function changeRequest(
  services: Pick<RestoreServices, 'records'>,
  id: RequestId,
  change: (current: StoredRequest) => StoredRequest,
): Promise<StoredRequest> {
  for (let tries = 0; ; tries++) {
    const { value, etag } = await loadRequest(services, id);
    const next = change(value);
    if (next === value) return value;
    const numbered: StoredRequest =
      next.request.state === value.request.state
        ? next
        : { ...next, request: { ...next.request, version: value.request.version + 1 } };
    try {
      await services.records.requests.update(id, numbered, etag);
      return numbered;
    } catch (error) {
      // Somebody else changed it first; ten rounds in a row means that something is wrong.
      if (!isFault(error, 'conflict') || tries >= 10) throw error;
    }
  }
}

/** One job's hold on a request. Its saves stop counting once another job took over. */
export interface RequestTenure {
  readonly current: StoredRequest;
  /** Heartbeat included. Fault `stale-fence` when another job took over, `cancelled` when somebody stopped the request. */
  save(change: (current: StoredRequest) => StoredRequest): Promise<StoredRequest>;
  /** A heartbeat when one is due; called while something long goes on. Faults as `save`. */
  beat(): Promise<void>;
  /** Lets go of a request that somebody stopped, whatever its state is now, with what the job still has to say of it. */
  release(change?: (current: StoredRequest) => StoredRequest): Promise<StoredRequest>;
}

/** What a job may be at; a request that goes from one to another of these was stopped or asked for anew. */
const phases: readonly (readonly RestoreRequest['state'][])[] = [
  ['planning'],
  ['approved', 'running'],
  ['done', 'cancelled', 'failed'],
];
const beatMs = 5_000;

/** Is a living job at work on it? */
export function isHeld(
  { clock, limits, isDead }: Pick<RestoreServices, 'clock' | 'limits' | 'isDead'>,
  { request, work }: StoredRequest,
): boolean {
  const beat = request.heartbeatAt === undefined ? 0 : Date.parse(request.heartbeatAt);
  return work.holder !== undefined && clock.now() - beat < limits.aliveMs && !isDead(work.holder);
}

/** Takes a request over unless a living job holds it. Undefined when there is nothing to do in its state. */
export async function takeRequest(services: RestoreServices, id: RequestId): Promise<RequestTenure | undefined> {
  const now = services.clock.now();
  let mine = -1;
  let phase: readonly RestoreRequest['state'][] = [];
  let savedAt = now;
  let current = await changeRequest(services, id, (stored) => {
    mine = -1;
    phase = phases.find((states) => states.includes(stored.request.state)) ?? [];
    if (phase.length === 0 || stored.work.gathering === true) return stored;
    if (isHeld(services, stored)) return stored;
    mine = stored.work.fence + 1;
    const { delayed: _, ...request } = stored.request;
    return {
      ...stored,
      request: { ...request, heartbeatAt: instant(now) },
      work: { ...stored.work, fence: mine, holder: services.holder },
    };
  });
  if (mine < 0) return undefined;
  const save: RequestTenure['save'] = async (change) => {
    current = await changeRequest(services, id, (stored) => {
      if (stored.work.fence !== mine) throw new Fault('stale-fence', `Another job carries out restore request ${id}.`);
      if (!phase.includes(stored.request.state))
        throw new Fault('cancelled', `Restore request ${id} is ${stored.request.state}.`);
      const next = change(stored);
      return { ...next, request: { ...next.request, heartbeatAt: instant(services.clock.now()) } };
    });
    savedAt = services.clock.now();
    return current;
  };
  return {
    get current() {
      return current;
    },
    save,
    async beat() {
      if (services.clock.now() - savedAt >= beatMs) await save((stored) => stored);
    },
    async release(change = (stored) => stored) {
      current = await changeRequest(services, id, (stored) =>
        stored.work.fence === mine ? letGo(change(stored)) : stored,
      );
      return current;
    },
  };
}

/** Lets go, so that the next nudge need not wait for the heartbeat to grow old. */
export const letGo = (stored: StoredRequest): StoredRequest => {
  const { holder: _, ...work } = stored.work;
  return { ...stored, work };
};

/** Journal keys sort by number. */
export const journalKey = (kind: 'item' | 'plan', number: number): string =>
  `${kind}/${String(number).padStart(9, '0')}`;

/** Prefix of the journal keys of items, and which item of the plan such a key names. */
export const itemRows = 'item/';
export const itemNumber = (key: string): number => Number(key.slice(itemRows.length));

/**
 * Writes the row of one item for one job: only over what this job read or wrote itself. Fault `stale-fence` when another
 * one wrote it meanwhile: a job that stood still must not take back what its successor did.
 */
export function rowWriter(
  services: Pick<RestoreServices, 'records'>,
  id: RequestId,
  key: string,
  readAs: string | undefined,
): (value: unknown) => Promise<void> {
  let etag = readAs;
  return async (value) => {
    try {
      etag = await services.records.requests.journal.put(id, key, value, etag);
    } catch (error) {
      if (!isFault(error, 'conflict')) throw error;
      throw new Fault('stale-fence', `Another job carries out restore request ${id}.`, { cause: error });
    }
  };
}

/** Writes a journal row whether or not an earlier attempt left one. */
export async function putJournal(
  services: Pick<RestoreServices, 'records'>,
  id: RequestId,
  key: string,
  value: unknown,
): Promise<void> {
  const journal = services.records.requests.journal;
  try {
    await journal.put(id, key, value);
  } catch (error) {
    if (!isFault(error, 'conflict')) throw error;
    const there = await journal.get(id, key);
    await journal.put(id, key, value, there?.etag);
  }
}
