import { Fault, isFault } from '../fault.ts';
import { instant } from '../model/ids.ts';
import type { RequestId } from '../model/ids.ts';
import type { RequestState, RestoreRequest } from '../model/restoreRequest.ts';
import { checkAsker, insist } from './askerChecks.ts';
import { createRequest } from './createRequest.ts';
import { undoEnds } from './deadlines.ts';
import { openDownload } from './downloadRequest.ts';
import { listResults } from './listResults.ts';
import { noteStart } from './noteStart.ts';
import { pin, pinMs, unpin } from './pins.ts';
import { noteDefect, onPoisonedRequest } from './poisonedRequest.ts';
import { changeRequest, loadRequest, nameUnreadable, newWork, takeRequest } from './requestStore.ts';
import type { RequestTenure, StoredRequest } from './requestStore.ts';
import type { Actor, RestoreFlow } from './restoreFlow.ts';
import type { RestoreServices } from './restoreServices.ts';
import { mayDecide, maySee, seesAll } from './rights.ts';
import { endOrWait, gotOn } from './endOrWait.ts';
import { stepRequest } from './stepRequest.ts';
import { isAtWork, tendRequests } from './tendRequests.ts';
import { tellEnd, toBeTold } from './tellEnd.ts';
import { beginUndo } from './undoRequest.ts';

/** States from which somebody may take an own request back, or have a restore stopped. */
const withdrawable: readonly RequestState[] = ['planning', 'ready', 'waiting'];
const cancellable: readonly RequestState[] = [...withdrawable, 'approved', 'running'];
/** Ends after which something may stand at the target. */
const undoable: readonly RequestState[] = ['done', 'cancelled', 'failed'];

/** The restore over its services. One queue message is one step: see `onNudge`. */
export function makeRestoreFlow(services: RestoreServices): RestoreFlow {
  const { records, clock } = services;
  const nudge = (id: RequestId, delaySeconds = 0) =>
    services.queue.send('restore', { kind: 'restore', requestId: id }, delaySeconds);
  const visible = async (actor: Actor, id: RequestId): Promise<StoredRequest> => {
    const { value } = await loadRequest(services, id);
    // Whoever may not see it learns nothing, not even that it exists.
    if (!maySee(actor, value.request))
      throw new Fault('not-found', `There is no restore request ${id}.`, { origin: 'input' });
    return value;
  };
  const moveStored = (
    id: RequestId,
    from: readonly RequestState[],
    change: (stored: StoredRequest) => StoredRequest,
  ): Promise<StoredRequest> =>
    changeRequest(services, id, (current) => {
      if (!from.includes(current.request.state))
        throw new Fault('conflict', `The request is ${current.request.state} already.`, {
          origin: 'input',
          code: current.request.state,
        });
      // Whoever moves it on does not wait for what it waited for.
      const { delayed: _, ...request } = current.request;
      return change({ ...current, request });
    });
  const move = async (
    id: RequestId,
    from: readonly RequestState[],
    change: (request: RestoreRequest) => RestoreRequest,
  ): Promise<RestoreRequest> =>
    (await moveStored(id, from, (current) => ({ ...current, request: change(current.request) }))).request;
  const requireVersion = (request: RestoreRequest, version: number | undefined): void => {
    if (version !== undefined && version !== request.version)
      throw new Fault('conflict', `The request changed meanwhile: it is ${request.state}.`, {
        origin: 'input',
        code: request.state,
      });
  };
  /** False for a request that nothing can be written into: there is none, or it does not open any more. */
  const canBeOpened = async (id: RequestId): Promise<boolean> => {
    try {
      return (await records.requests.get(id)) !== undefined;
    } catch (error) {
      if (!isFault(error, 'corrupt', 'missing')) throw error;
      nameUnreadable([id], services.log);
      return false;
    }
  };
  const release = async (request: RestoreRequest, stored: StoredRequest): Promise<void> =>
    unpin(services.tables, request.id, stored.pinned);

  return {
    async create(actor, wish, idempotencyKey) {
      const made = await createRequest(services, actor, wish, idempotencyKey);
      if ('existing' in made) return (await visible(actor, made.existing)).request;
      await nudge(made.request.id);
      return made.request;
    },

    get: async (actor, id) => (await visible(actor, id)).request,

    async list(actor, filter, pageToken) {
      const page = await records.requests.list(pageToken);
      nameUnreadable(page.unreadable, services.log);
      const value = page.value
        .map(({ value: stored }) => (stored as StoredRequest).request)
        .filter(
          (request) =>
            maySee(actor, request) &&
            (filter.waitingForMe !== true || (request.state === 'waiting' && mayDecide(actor, request).allowed)),
        );
      return {
        value,
        ...(seesAll(actor) && page.unreadable.length > 0 ? { unreadable: page.unreadable } : {}),
        ...(page.nextPageToken === undefined ? {} : { nextPageToken: page.nextPageToken }),
      };
    },

    async plan(actor, id) {
      const { request: before } = await visible(actor, id);
      await checkAsker(actor, before, services);
      const mayPlan = ({ state, goesOn }: RestoreRequest) => withdrawable.includes(state) || goesOn === 'plan';
      if (mayPlan(before)) await noteStart('plan.start', actor, before, services);
      const stored = await changeRequest(services, id, (current) => {
        if (!mayPlan(current.request))
          throw new Fault('conflict', `The request is ${current.request.state} already.`, {
            origin: 'input',
            code: current.request.state,
          });
        // It is planned as soon as all of it is written down.
        if (current.work.gathering === true) return current;
        const { plan: _, journalLost: _again, ...request } = takenUp(current.request);
        return {
          ...current,
          request: { ...request, state: 'planning' },
          work: { ...newWork, fence: current.work.fence + 1 },
        };
      });
      await nudge(id);
      return stored.request;
    },

    async run(actor, id) {
      const { request, pinned } = await visible(actor, id);
      if (actor.id !== request.asker.id)
        insist({ allowed: false, why: 'Only the person who asked for it may start a restore.' });
      await checkAsker(actor, request, services);
      // A press that came twice finds the request on its way already.
      if (['waiting', 'approved', 'running', 'done'].includes(request.state)) return request;
      const begins = request.state === 'ready' && request.plan?.needsApproval !== true;
      if (request.goesOn === 'run') insistOnJournal(request);
      if (begins || request.goesOn === 'run') await noteStart('restore.start', actor, request, services);
      if (request.state === 'failed' && request.goesOn === 'run') {
        const next = await move(id, ['failed'], (current) =>
          current.goesOn === 'run' ? { ...takenUp(current), state: 'running' } : current,
        );
        await nudge(id);
        return next;
      }
      if (request.state === 'ready' && !begins) {
        await noteStart('approval.start', actor, request, services);
        // Kept for as long as somebody may still say yes, and for the first step after it.
        await pin(services.tables, id, pinned, instant(clock.now() + services.limits.approvalMs + pinMs));
      }
      const next = await move(id, ['ready'], (current) => ({
        ...current,
        state: current.plan?.needsApproval === true ? 'waiting' : 'running',
        startedAt: instant(clock.now()),
      }));
      if (next.state === 'running') await nudge(id);
      else await records.outbox.add(`approval-${id}-${next.version}`, { kind: 'approval', requestId: id });
      return next;
    },

    async approve(actor, id, version) {
      const { request } = await visible(actor, id);
      insist(mayDecide(actor, request));
      requireVersion(request, version);
      if (request.state === 'waiting') await noteStart('restore.start', actor, request, services);
      const next = await move(id, ['waiting'], (current) => {
        requireVersion(current, request.version);
        return {
          ...current,
          state: 'approved',
          decision: { by: actor.id, name: actor.name, at: instant(clock.now()), approved: true },
        };
      });
      await nudge(id);
      return next;
    },

    async decline(actor, id, reason, version) {
      const stored = await visible(actor, id);
      insist(mayDecide(actor, stored.request));
      requireVersion(stored.request, version);
      if (stored.request.state === 'waiting') await noteStart('decline.start', actor, stored.request, services);
      const next = await move(id, ['waiting'], (current) => ({
        ...current,
        state: 'declined',
        finishedAt: instant(clock.now()),
        decision: { by: actor.id, name: actor.name, at: instant(clock.now()), approved: false, reason },
      }));
      await release(next, stored);
      return next;
    },

    async withdraw(actor, id) {
      const stored = await visible(actor, id);
      if (actor.id !== stored.request.asker.id)
        insist({ allowed: false, why: 'Only the person who asked for it may withdraw a request.' });
      if (withdrawable.includes(stored.request.state))
        await noteStart('withdraw.start', actor, stored.request, services);
      const next = await move(id, withdrawable, (current) => ({
        ...current,
        state: 'withdrawn',
        finishedAt: instant(clock.now()),
      }));
      await release(next, stored);
      return next;
    },

    async cancel(actor, id) {
      const stored = await visible(actor, id);
      if (actor.id !== stored.request.asker.id && !actor.roles.includes('Backup.Admin'))
        insist({
          allowed: false,
          why: 'Only the person who asked for it or a backup administrator may cancel a restore.',
        });
      if (cancellable.includes(stored.request.state)) await noteStart('cancel.start', actor, stored.request, services);
      const next = await moveStored(id, cancellable, (current) => {
        const request: RestoreRequest = {
          ...current.request,
          state: 'cancelled',
          finishedAt: instant(clock.now()),
          trouble: `Cancelled by ${actor.name}. What was restored before stays.`,
        };
        // Something may stand at the target: whose data it is learns of that however the restore ends.
        const cancelled = { ...current, request };
        return current.request.state === 'running' ? toBeTold(cancelled) : cancelled;
      });
      await release(next.request, stored);
      await tellEnd(services, id, next);
      return next.request;
    },

    async undo(actor, id) {
      const { request } = await visible(actor, id);
      await checkAsker(actor, request, services);
      if (request.destination.kind === 'download')
        throw new Fault('invalid', 'A download leaves nothing behind to undo.', { origin: 'input' });
      insistOnJournal(request);
      if (request.undone !== undefined || request.undo?.state === 'running') return request;
      if (clock.now() > (undoEnds(request, services.limits) ?? -Infinity))
        throw new Fault('conflict', 'A restore can be undone for 7 days after it finished.', {
          origin: 'input',
          code: request.state,
        });
      if (undoable.includes(request.state)) await noteStart('undo.start', actor, request, services);
      const stored = await changeRequest(services, id, (current) => {
        if (!undoable.includes(current.request.state))
          throw new Fault('conflict', `The request is ${current.request.state}: nothing can be undone.`, {
            origin: 'input',
            code: current.request.state,
          });
        return beginUndo(current, clock.now());
      });
      await nudge(id);
      return stored.request;
    },

    async results(actor, id, pageToken) {
      return listResults(services, await visible(actor, id), pageToken);
    },

    async download(actor, id, range) {
      const stored = await visible(actor, id);
      const { request } = stored;
      if (actor.id !== request.asker.id)
        insist({ allowed: false, why: 'A download is for the person who asked for it alone.' });
      await checkAsker(actor, request, services);
      if (request.state !== 'done' || request.download === undefined)
        throw new Fault('conflict', `There is nothing to download: the request is ${request.state}.`, {
          origin: 'input',
          code: request.state,
        });
      if (clock.now() >= Date.parse(request.download.expiresAt))
        throw new Fault('conflict', 'This download has expired. Ask for it again.', {
          origin: 'input',
          code: 'expired',
        });
      if (request.download.taken)
        throw new Fault('conflict', 'This download was taken already. Ask for it again.', {
          origin: 'input',
          code: 'taken',
        });
      insistOnJournal(request);
      const file = await openDownload(stored, services);
      const from = range?.from ?? 0;
      const to = Math.min(range?.to ?? file.size, file.size);
      const taken = () =>
        changeRequest(services, id, (current) =>
          current.request.download === undefined
            ? current
            : {
                ...current,
                request: {
                  ...current.request,
                  download: { ...current.request.download, taken: true, takenAt: instant(clock.now()) },
                },
              },
        );
      return {
        size: file.size,
        fileName: file.fileName,
        mediaType: file.mediaType,
        bytes: (async function* () {
          yield* file.bytes(from, to);
          // Only the end counts: a broken transfer may go on by Range.
          if (to === file.size) await taken();
        })(),
      };
    },

    async onNudge(id) {
      const abort = new AbortController();
      let tenure: RequestTenure | undefined;
      try {
        tenure = await takeRequest(services, id);
        if (tenure === undefined) return;
        // What was stopped, or is only taken back, reads no restore point.
        if (isAtWork(tenure.current))
          await pin(services.tables, id, tenure.current.pinned, instant(clock.now() + pinMs));
        if ((await stepRequest(tenure, services, abort.signal)) === 'more') {
          const { stuck, mishaps } = tenure.current.work;
          if (stuck !== undefined || mishaps !== undefined) await tenure.save(gotOn);
          await nudge(id);
        }
      } catch (error) {
        if (!isFault(error)) await noteDefect(services, id, error);
        await endOrWait(error, id, tenure, services, nudge);
      }
    },

    async onPoisoned(id) {
      if (!(await canBeOpened(id))) return;
      await onPoisonedRequest(services, id, nudge);
    },

    tick: (allDead) => tendRequests(services, nudge, allDead),
  };
}

/** Asked for again after it had ended: what that end said counts no more. */
function takenUp(ended: RestoreRequest): RestoreRequest {
  const { finishedAt: _, trouble: __, goesOn: ___, ...request } = ended;
  return request;
}

/** Fault `conflict` when nobody knows any more what it did with which item. */
function insistOnJournal({ journalLost, state }: RestoreRequest): void {
  if (journalLost === true)
    throw new Fault(
      'conflict',
      'What became of its single items was lost with the tables of Holdfast. Ask for a new restore; what this one gave back stays.',
      { origin: 'input', code: state },
    );
}
