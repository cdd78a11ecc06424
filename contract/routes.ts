import { z } from 'zod';
import { AuditEntry, AuditFilter, AuditVerification, AuditVerificationOrder, Report, ReportKind } from './audit.ts';
import { cleanupRoutes } from './cleanup.ts';
import { Policy, PolicyDraft, PolicyPatch, Rehearsal } from './policies.ts';
import { anyTime, flag, hexId, listOf, moment, paging } from './primitives.ts';
import { Item, ItemVersion, Point, Resource, ResourceList, ResourceState, SearchAnswer } from './resources.ts';
import { ChangeState, Hold, HoldDraft, MaybeReason, Reason, RetentionPreview, WaitingChange } from './retention.ts';
import { restoreRoutes } from './restoreRoutes.ts';
import { Me } from './roles.ts';
import type { Routes } from './route.ts';
import { accepted, admins, byId, created, everybody, nothing, ok, operators, pages, watchers } from './routeParts.ts';
import { LedgerEntry, Outcome, Run, RunOrder, RunResource, RunResourceState, RunStarted, RunState } from './runs.ts';
import { Health, KeyStatus, KeyVerification, KeyVerificationOrder, SignIn, WorkloadDescription } from './service.ts';
import { Settings, SettingsName } from './settings.ts';
import { verificationRoutes } from './verificationRoutes.ts';

const pointById = z.strictObject({ id: hexId, pointId: hexId });
const itemById = z.strictObject({ id: hexId, itemId: hexId });

export const routes = {
  getHealth: { summary: 'Is it up, and what does it lack?', allow: 'anyone', answer: ok(Health) },
  getMe: { summary: 'Who am I, and what may I do?', allow: everybody, answer: ok(Me) },
  getSignIn: { summary: 'What a browser needs to sign in', allow: 'anyone', answer: ok(SignIn) },
  getOpenApi: { summary: 'This document', allow: 'anyone', answer: ok(z.record(z.string(), z.unknown())) },
  listWorkloads: {
    summary: 'Labels, icons, permissions and coverage of every workload',
    allow: everybody,
    apps: true,
    answer: ok(listOf(WorkloadDescription)),
  },

  listPolicies: {
    summary: 'Backup policies in the admin’s order',
    allow: watchers,
    apps: true,
    query: pages,
    answer: ok(listOf(Policy)),
  },
  createPolicy: {
    summary: 'Make a backup policy',
    allow: admins,
    body: PolicyDraft,
    answer: created(Policy),
  },
  getPolicy: { summary: 'One backup policy', allow: watchers, apps: true, params: byId, answer: ok(Policy) },
  changePolicy: {
    summary: 'Change what is named, leave the rest',
    allow: admins,
    params: byId,
    body: PolicyPatch,
    headers: ['If-Match'],
    answer: ok(Policy),
  },
  removePolicy: {
    summary: 'Stop protecting what only this policy protects; copies stay',
    allow: admins,
    params: byId,
    headers: ['If-Match'],
    answer: { kind: 'empty', status: 204 },
  },
  acceptRetention: {
    summary:
      'Ask that the shorter retention rules count: another administrator agrees, and they count a day later. Names the version that was looked at',
    allow: admins,
    params: byId,
    body: z.strictObject({ etag: z.string() }).partial().optional(),
    headers: ['If-Match'],
    answer: ok(Policy),
  },
  rehearsePolicy: {
    summary: 'Who would gain or lose protection by this change',
    allow: admins,
    params: byId,
    body: PolicyPatch.optional(),
    answer: ok(Rehearsal),
  },
  previewRetention: {
    summary: 'Which restore points go when the rules of this policy, or of this change, count alone',
    allow: admins,
    params: byId,
    body: PolicyPatch.optional(),
    answer: ok(RetentionPreview),
  },
  startPolicyRun: {
    summary: 'Back up now',
    allow: operators,
    apps: true,
    params: byId,
    body: RunOrder.optional(),
    answer: accepted(RunStarted),
  },

  listRuns: {
    summary: 'Runs, newest first',
    allow: watchers,
    apps: true,
    query: z.strictObject({ ...paging, policyId: hexId.optional(), state: RunState.optional() }),
    answer: ok(listOf(Run)),
  },
  getRun: { summary: 'One run', allow: watchers, apps: true, params: byId, answer: ok(Run) },
  listRunResources: {
    summary: 'The resources of a run',
    allow: watchers,
    apps: true,
    params: byId,
    query: z.strictObject({ ...paging, state: RunResourceState.optional() }),
    answer: ok(listOf(RunResource)),
  },
  listRunLedger: {
    summary: 'What became of every item that a run saw',
    allow: watchers,
    apps: true,
    params: byId,
    query: z.strictObject({ ...paging, outcome: Outcome.optional(), resourceId: hexId.optional() }),
    answer: ok(listOf(LedgerEntry)),
  },
  cancelRun: {
    summary: 'Stop a run; what is stored stays',
    allow: operators,
    params: byId,
    body: nothing,
    answer: accepted(Run),
  },

  listResources: {
    summary: 'Protected resources',
    allow: everybody,
    apps: true,
    query: z.strictObject({
      ...paging,
      workload: z.string().max(40).optional(),
      state: ResourceState.optional(),
      nothingToCopy: flag.optional().describe('Only those that have nothing to copy, or only the others'),
      q: z.string().max(200).optional(),
      owner: z.string().max(512).optional(),
    }),
    answer: ok(ResourceList),
  },
  getResource: { summary: 'One protected resource', allow: everybody, apps: true, params: byId, answer: ok(Resource) },
  startResourceRun: {
    summary: 'Back up this resource now',
    allow: operators,
    apps: true,
    params: byId,
    body: RunOrder.optional(),
    answer: accepted(RunStarted),
  },
  listPoints: {
    summary: 'Restore points, newest first',
    allow: everybody,
    params: byId,
    query: pages,
    answer: ok(listOf(Point)),
  },
  giveUpPoint: {
    summary:
      'Ask that a restore point is given up whose root is lost for good, so that the cleanup goes on; another administrator has to agree',
    allow: admins,
    params: pointById,
    body: Reason,
    answer: accepted(WaitingChange),
  },
  resumeExpiry: {
    summary: 'Expiry goes on after a run that changed or removed too much: somebody looked at what happened',
    allow: admins,
    params: byId,
    body: Reason,
    answer: ok(Resource),
  },
  listItems: {
    summary: 'One folder at a moment: containers first, then items, newest first',
    allow: everybody,
    params: byId,
    query: z.strictObject({
      ...paging,
      at: moment.optional(),
      parent: hexId.optional(),
      deleted: flag
        .optional()
        .describe('`true`: what is in no newest restore point any more, of `parent` or everywhere; not with `at`'),
    }),
    answer: ok(listOf(Item)),
  },
  getItem: {
    summary: 'One item at a moment',
    allow: everybody,
    params: itemById,
    query: z.strictObject({ at: moment.optional() }),
    answer: ok(Item),
  },
  listVersions: {
    summary: 'Every state of an item that a restore point holds, newest first',
    allow: everybody,
    params: itemById,
    query: pages,
    answer: ok(listOf(ItemVersion)),
  },
  getContent: {
    summary: 'The bytes of an item. Looking into content is audited',
    allow: everybody,
    params: itemById,
    query: z.strictObject({
      at: moment.optional(),
      format: z
        .enum(['original', 'exact', 'json'])
        .optional()
        .describe(
          'original: the exact bytes (MIME for mail, the file for drives); exact: the opaque copy for a mailbox import; json: what Microsoft 365 said of it',
        ),
    }),
    headers: ['Range', 'If-Range'],
    answer: {
      kind: 'bytes',
      status: 200,
      mediaTypes: ['application/octet-stream', 'message/rfc822', 'application/json'],
    },
  },
  search: {
    summary: 'Look for items by name, subject and people, newest first, up to 64 mailboxes and drives together',
    allow: everybody,
    query: z.strictObject({
      q: z.string().max(400).optional(),
      workload: z.string().max(40).optional(),
      owner: z.string().max(512).optional().describe('A user id, an address or part of a name'),
      resourceId: hexId.optional(),
      from: anyTime.optional(),
      to: anyTime.optional(),
      deleted: flag.optional().describe('`true`: deleted items too'),
      ...paging,
    }),
    answer: ok(SearchAnswer),
  },

  ...restoreRoutes,

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

  ...cleanupRoutes,
  ...verificationRoutes,

  getAllSettings: { summary: 'All settings', allow: ['admin', 'auditor'], answer: ok(Settings) },
  getSettings: {
    summary: 'One group of settings',
    allow: ['admin', 'auditor'],
    params: z.strictObject({ name: SettingsName }),
    answer: ok(z.record(z.string(), z.unknown())),
  },
  putSettings: {
    summary: 'Replace one group of settings',
    allow: admins,
    params: z.strictObject({ name: SettingsName }),
    body: z.record(z.string(), z.unknown()),
    headers: ['If-Match'],
    answer: ok(z.record(z.string(), z.unknown())),
  },
  listAudit: {
    summary: 'Who did what, newest first; members and operators see what they did',
    allow: everybody,
    query: z.strictObject({ ...paging, ...AuditFilter.shape }),
    answer: ok(listOf(AuditEntry)),
  },
  exportAudit: {
    summary: 'The same entries as CSV, safe to open in a spreadsheet; all of them, streamed',
    allow: everybody,
    query: AuditFilter,
    answer: { kind: 'bytes', status: 200, mediaTypes: ['text/csv'] },
  },
  verifyAudit: {
    summary: 'Does the audit log hold together, and does it still go through heads that were noted elsewhere?',
    allow: ['admin', 'auditor'],
    body: AuditVerificationOrder.optional(),
    answer: ok(AuditVerification),
  },
  getReport: {
    summary: 'A report as JSON or, with `format=csv`, as a file',
    allow: watchers,
    params: z.strictObject({ kind: ReportKind }),
    query: z.strictObject({
      format: z.enum(['json', 'csv']).optional(),
      from: anyTime.optional(),
      to: anyTime.optional(),
    }),
    answer: { kind: 'report', status: 200, schema: Report },
  },
  getKeys: {
    summary: 'Which keys there are, who can open them, when the recovery key was last tried',
    allow: ['admin', 'auditor'],
    answer: ok(KeyStatus),
  },
  rotateKeys: {
    summary: 'Ask for a new key for everything that is backed up from then on; another administrator has to agree',
    allow: admins,
    body: MaybeReason,
    answer: accepted(WaitingChange),
  },
  verifyKey: {
    summary: 'Is this the recovery key of this repository?',
    allow: admins,
    body: KeyVerificationOrder,
    answer: ok(KeyVerification),
  },
} as const satisfies Routes;

export type { RouteName } from './paths.ts';
