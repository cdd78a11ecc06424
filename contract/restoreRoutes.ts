import { z } from 'zod';
import { flag, listOf, paging } from './primitives.ts';
import { Approval, Decline, RestoreList, RestoreOrder, RestoreRequest, RestoreResult } from './restore.ts';
import type { Route } from './route.ts';
import { accepted, byId, created, deciders, everybody, nothing, ok, pages } from './routeParts.ts';

const restoreVerb = { params: byId, headers: ['Idempotency-Key'] } as const;

/** Getting something back: the wish, its plan, who decides, and what became of it. */
export const restoreRoutes = {
  listRestores: {
    summary: 'Restore requests, newest first; members see their own',
    allow: everybody,
    query: z.strictObject({
      ...paging,
      waitingForMe: flag.optional().describe('`true`: only those that I may decide'),
    }),
    answer: ok(RestoreList),
  },
  createRestore: {
    summary: 'Ask for a restore; planning starts by itself',
    allow: everybody,
    body: RestoreOrder,
    headers: ['Idempotency-Key'],
    answer: created(RestoreRequest),
  },
  getRestore: { summary: 'One restore request', allow: everybody, params: byId, answer: ok(RestoreRequest) },
  planRestore: {
    ...restoreVerb,
    summary: 'Judge anew what would come back',
    allow: everybody,
    body: nothing,
    answer: accepted(RestoreRequest),
  },
  approveRestore: {
    ...restoreVerb,
    summary: 'Approve somebody else’s request',
    allow: deciders,
    body: Approval.optional(),
    answer: ok(RestoreRequest),
  },
  declineRestore: {
    ...restoreVerb,
    summary: 'Decline somebody else’s request',
    allow: deciders,
    body: Decline,
    answer: ok(RestoreRequest),
  },
  withdrawRestore: {
    ...restoreVerb,
    summary: 'Take an own request back',
    allow: everybody,
    body: nothing,
    answer: ok(RestoreRequest),
  },
  runRestore: {
    ...restoreVerb,
    summary: 'Start it, or ask for the approval that its plan needs',
    allow: everybody,
    body: nothing,
    answer: accepted(RestoreRequest),
  },
  cancelRestore: {
    ...restoreVerb,
    summary: 'Stop it; what came back stays',
    allow: everybody,
    body: nothing,
    answer: accepted(RestoreRequest),
  },
  undoRestore: {
    ...restoreVerb,
    summary: 'Remove exactly what it created and nobody changed since',
    allow: everybody,
    body: nothing,
    answer: accepted(RestoreRequest),
  },
  listRestoreResults: {
    summary: 'What became of every item',
    allow: everybody,
    params: byId,
    query: pages,
    answer: ok(listOf(RestoreResult)),
  },
  downloadRestore: {
    summary: 'The file or the ZIP of a finished download, for the person who asked',
    allow: everybody,
    params: byId,
    headers: ['Range', 'If-Range'],
    answer: {
      kind: 'bytes',
      status: 200,
      mediaTypes: ['application/zip', 'application/octet-stream', 'message/rfc822'],
    },
  },

  listHolds: {
    summary: 'Legal holds, those in force first',
    allow: ['admin', 'auditor'],
    apps: true,
    query: pages,
    answer: ok(listOf(Hold)),
  },
  setHold: {
    summary: 'Hold everything of a person, a site, a team, or one resource: nothing of it expires',
    allow: admins,
    body: HoldDraft,
    answer: created(Hold),
  },
  releaseHold: {
    summary: 'Ask for the release of a hold; another administrator has to agree',
    allow: admins,
    params: byId,
    body: MaybeReason,
    answer: accepted(WaitingChange),
  },
  listWaitingChanges: {
    summary: 'Changes that make protection weaker and wait for a second person or for their time, newest first',
    allow: ['admin', 'auditor'],
    apps: true,
    query: z.strictObject({ ...paging, state: ChangeState.optional() }),
    answer: ok(listOf(WaitingChange)),
  },
  approveChange: {
    summary: 'Agree with what another administrator asked for',
    allow: admins,
    params: byId,
    body: nothing,
    answer: ok(WaitingChange),
  },
  withdrawChange: {
    summary: 'Take a waiting change back before it takes effect',
    allow: admins,
    params: byId,
    body: nothing,
    answer: ok(WaitingChange),
  },
} as const satisfies Readonly<Record<string, Route>>;
