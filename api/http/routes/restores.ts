import type { RestoreOrder, RestoreRequest } from '../../../contract/restore.ts';
import { isFault } from '../../../engine/fault.ts';
import type { RequestId } from '../../../engine/model/ids.ts';
import type { RestoreRequest as Stored, SearchQuery, Selection } from '../../../engine/model/restoreRequest.ts';
import type { Actor, NewRestoreRequest } from '../../../engine/restore/restoreFlow.ts';
import { oneFolder } from '../../../engine/restore/destinationFolder.ts';
import { isUndoable } from '../../../engine/restore/deadlines.ts';
import { mayDecide } from '../../../engine/restore/rights.ts';
import { instant } from '../../../engine/model/ids.ts';
import type { Services } from '../../services.ts';
import { json } from '../answer.ts';
import { audit } from '../audit.ts';
import { type Caller, hasRole } from '../caller.ts';
import type { Asked, Handlers } from '../handler.ts';
import { cutPages } from '../paging.ts';
import { badInput, Refusal } from '../problem.ts';
import { bytesAnswer } from '../stream.ts';

type Verb =
  | 'planRestore'
  | 'approveRestore'
  | 'declineRestore'
  | 'withdrawRestore'
  | 'runRestore'
  | 'cancelRestore'
  | 'undoRestore';
type RestoreRoute = Verb | 'listRestores' | 'createRestore' | 'getRestore' | 'listRestoreResults' | 'downloadRestore';

const actorOf = (caller: Caller): Actor => ({ id: caller.id, name: caller.name, roles: caller.roles });

/** Finds the request (404), then lets one verb of the flow work on it; who, what and with which result is written down. */
const verb =
  <Name extends Verb>(
    action: string,
    status: 200 | 202,
    act: (
      flow: Services['restore'],
      actor: Actor,
      id: RequestId,
      body: { readonly reason?: string | undefined },
    ) => Promise<Stored>,
  ) =>
  async (asked: Asked<Name>) => {
    const { services, caller, params } = asked;
    const actor = actorOf(caller);
    const id = params.id as RequestId;
    await services.restore.get(actor, id);
    return async ({ body }: { readonly body: unknown }) => {
      try {
        const request = await act(services.restore, actor, id, (body ?? {}) as { reason?: string });
        await audit(asked, action, {
          request: id,
          state: request.state,
          ...(request.plan?.noSecondPerson === true ? { noSecondPerson: 'true' } : {}),
        });
        return json(present(request, caller, services), status);
      } catch (error) {
        await audit(asked, action, { request: id }, isFault(error, 'forbidden', 'conflict') ? 'refused' : 'failed');
        throw error;
      }
    };
  };

export const restoreRoutes: Handlers<RestoreRoute> = {
  listRestores:
    async ({ services, caller }) =>
    async ({ query }) => {
      const unreadable = new Set<RequestId>();
      const page = await cutPages(
        async (token) => {
          const filter = query.waitingForMe === undefined ? {} : { waitingForMe: query.waitingForMe };
          const read = await services.restore.list(actorOf(caller), filter, token);
          for (const id of read.unreadable ?? []) unreadable.add(id);
          return read;
        },
        (request) => present(request, caller, services),
        { size: query.pageSize, token: query.pageToken },
      );
      return json({ ...page, ...(unreadable.size > 0 ? { unreadable: [...unreadable] } : {}) });
    },

  createRestore:
    async (asked) =>
    async ({ body }) => {
      const { services, caller, call } = asked;
      const key = call.headers.get('idempotency-key') ?? undefined;
      if (key !== undefined && !/^[\x21-\x7e]{1,200}$/.test(key))
        throw badInput([{ field: 'Idempotency-Key', message: 'must be 1 to 200 visible characters' }]);
      const request = await services.restore
        .create(actorOf(caller), wishOf(body), key)
        .catch(async (error: unknown) => {
          // Both alike: the audit of their own deeds tells members no more than the answer does.
          if (isFault(error, 'forbidden', 'not-found'))
            await audit(asked, 'restore.ask', { destination: body.destination.kind }, 'refused');
          if (isFault(error, 'too-large') && error.origin === 'input')
            throw new Refusal(400, error.message, { errors: [{ field: 'selection', message: error.message }] });
          throw error;
        });
      await audit(asked, 'restore.ask', {
        request: request.id,
        destination: body.destination.kind,
        conflict: body.conflict,
        owners: request.owners.join(' '),
        ...(body.reason === '' ? {} : { reason: body.reason }),
      });
      return json(present(request, caller, services), 201, { Location: `/api/restore-requests/${request.id}` });
    },

  getRestore: async ({ services, caller, params }) => {
    const request = await services.restore.get(actorOf(caller), params.id as RequestId);
    return async () => json(present(request, caller, services));
  },

  planRestore: verb('restore.plan', 202, (flow, actor, id) => flow.plan(actor, id)),
  approveRestore: verb('restore.approve', 200, (flow, actor, id) => flow.approve(actor, id)),
  declineRestore: verb('restore.decline', 200, (flow, actor, id, body) => flow.decline(actor, id, body.reason ?? '')),
  withdrawRestore: verb('restore.withdraw', 200, (flow, actor, id) => flow.withdraw(actor, id)),
  runRestore: verb('restore.run', 202, (flow, actor, id) => flow.run(actor, id)),
  cancelRestore: verb('restore.cancel', 202, (flow, actor, id) => flow.cancel(actor, id)),
  undoRestore: verb('restore.undo', 202, (flow, actor, id) => flow.undo(actor, id)),

  listRestoreResults: async ({ services, caller, params }) => {
    const id = params.id as RequestId;
    await services.restore.get(actorOf(caller), id);
    return async ({ query }) => {
      const page = await cutPages(
        (token) => services.restore.results(actorOf(caller), id, token),
        (result) => result,
        {
          size: query.pageSize,
          token: query.pageToken,
        },
      );
      return json(page);
    };
  },

  downloadRestore: async (asked) => {
    const { services, caller, params, call, isHead } = asked;
    const actor = actorOf(caller);
    const id = params.id as RequestId;
    const request = await services.restore.get(actor, id);
    if (actor.id !== request.asker.id) throw new Refusal(403, 'A download is for the person who asked for it alone.');
    return async () => {
      if (request.download === undefined)
        throw new Refusal(409, `There is nothing to download: the request is ${request.state}.`);
      await insistOnUsable(asked, request.id, request.download);
      const { size, fileName, mediaType } = request.download;
      return bytesAnswer(
        {
          size,
          fileName,
          mediaType,
          etag: id,
          read: async (range) => {
            const { bytes } = await services.restore.download(actor, id, range);
            await audit(asked, 'restore.download', { request: id, owners: request.owners.join(' ') });
            return bytes;
          },
        },
        { range: call.headers.get('range'), ifRange: call.headers.get('if-range'), isHead },
      );
    };
  },
};

/** A link works once and for an hour: who comes later learns when it was used, and how to get another. */
async function insistOnUsable(
  asked: Pick<Asked<'downloadRestore'>, 'services' | 'caller' | 'call'>,
  request: RequestId,
  { taken, takenAt, expiresAt }: NonNullable<Stored['download']>,
): Promise<void> {
  const again = '/api/restore-requests';
  const how = 'Ask for the download again: it is checked and packed anew.';
  if (taken) {
    await audit(asked, 'restore.download', { request, why: 'used' }, 'refused');
    throw new Refusal(
      409,
      `This download was used${takenAt === undefined ? '' : ` at ${takenAt}`}; its link works once. ${how}`,
      {
        facts: { code: 'download-used', again, ...(takenAt === undefined ? {} : { usedAt: takenAt }) },
      },
    );
  }
  if (expiresAt <= instant(asked.services.clock.now())) {
    await audit(asked, 'restore.download', { request, why: 'expired' }, 'refused');
    throw new Refusal(409, `This download could be taken until ${expiresAt}. ${how}`, {
      facts: { code: 'download-expired', again },
    });
  }
}

function wishOf({ selection, reason, destination, conflict, includePermissions }: RestoreOrder): NewRestoreRequest {
  return {
    selection: selectionOf(selection),
    destination: destination as NewRestoreRequest['destination'],
    conflict,
    includePermissions,
    ...(reason === '' ? {} : { reason }),
  };
}

/** The contract says `owner` as every list does; the engine says whose id it is. */
function selectionOf(selection: RestoreOrder['selection']): Selection {
  if (!('query' in selection)) return selection as Selection;
  const { owner, ...query } = selection.query;
  return {
    query: { ...query, ...(owner === undefined ? {} : { ownerId: owner }) } as SearchQuery,
    ...(selection.at === undefined ? {} : { at: selection.at }),
  };
}

function present(request: Stored, caller: Caller, services: Services): RestoreRequest {
  const { points: _, journalLost: _lost, asker, selection, download, plan, sources, ...shown } = request;
  const isReady =
    request.state === 'done' &&
    download !== undefined &&
    !download.taken &&
    download.expiresAt > instant(services.clock.now());
  const folder = oneFolder(request);
  return {
    ...shown,
    ...(folder === undefined ? {} : { folder }),
    asker: { id: asker.id, name: asker.name },
    selection: shownSelection(selection),
    owners: [...request.owners],
    ...(sources === undefined ? {} : { sources: [...sources] }),
    ...(plan === undefined ? {} : { plan: { ...plan, notes: [...plan.notes] } }),
    ...(isReady && caller.id === asker.id ? { downloadUrl: `/api/restore-requests/${request.id}/download` } : {}),
    ...(download !== undefined && caller.id === asker.id
      ? {
          download: {
            expiresAt: download.expiresAt,
            size: download.size,
            fileName: download.fileName,
            mediaType: download.mediaType,
            ...(download.taken ? { taken: true } : {}),
            ...(download.takenAt === undefined ? {} : { takenAt: download.takenAt }),
          },
        }
      : {}),
    can: possible(request, caller, services.clock.now(), isReady),
  };
}

function shownSelection(selection: Selection): RestoreRequest['selection'] {
  if ('query' in selection) {
    const { ownerId, ...query } = selection.query;
    return { ...selection, query: { ...query, ...(ownerId === undefined ? {} : { owner: ownerId }) } };
  }
  if ('items' in selection) return { items: [...selection.items] };
  if ('folders' in selection) return { folders: [...selection.folders] };
  return selection;
}

/** A hint for drawing buttons; the flow decides anew when one is pressed. */
function possible(request: Stored, caller: Caller, now: number, isReady: boolean): RestoreRequest['can'] {
  const isAsker = caller.id === request.asker.id;
  const { state } = request;
  const can: RestoreRequest['can'] = [];
  if (isAsker && (state === 'ready' || state === 'waiting' || request.goesOn === 'plan')) can.push('plan');
  if (isAsker && (state === 'ready' || request.goesOn === 'run')) can.push('run');
  if (state === 'waiting' && mayDecide(actorOf(caller), request).allowed) can.push('approve', 'decline');
  if (isAsker && (state === 'planning' || state === 'ready' || state === 'waiting')) can.push('withdraw');
  if ((isAsker || hasRole(caller, 'admin')) && (state === 'approved' || state === 'running')) can.push('cancel');
  if (isAsker && isUndoable(request, now)) can.push('undo');
  if (isAsker && isReady) can.push('download');
  return can;
}
