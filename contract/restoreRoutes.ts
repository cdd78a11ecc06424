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
} as const satisfies Readonly<Record<string, Route>>;
