import { listOf } from './primitives.ts';
import type { Route } from './route.ts';
import { accepted, admins, byId, nothing, ok, pages, watchers } from './routeParts.ts';
import {
  DamagedItem,
  Drill,
  DrillOrder,
  DrillResult,
  Finding,
  LossAccepted,
  LossOrder,
  Started,
  Verification,
  VerificationOrder,
} from './verification.ts';

/** Looking at what is stored, and rehearsing restores. */
export const verificationRoutes = {
  startVerification: {
    summary: 'Look whether everything that is stored is as it was written',
    allow: admins,
    apps: true,
    body: VerificationOrder.optional(),
    answer: accepted(Started),
  },
  listVerifications: {
    summary: 'Verifications, newest first',
    allow: watchers,
    apps: true,
    query: pages,
    answer: ok(listOf(Verification)),
  },
  getVerification: {
    summary: 'One verification: how far it is and how much it found',
    allow: watchers,
    apps: true,
    params: byId,
    answer: ok(Verification),
  },
  listFindings: {
    summary: 'What a verification found, with every item that is concerned',
    allow: watchers,
    apps: true,
    params: byId,
    query: pages,
    answer: ok(listOf(Finding)),
  },
  startRepair: {
    summary: 'Put right what a verification found, as far as it can be had from what is whole',
    allow: admins,
    params: byId,
    body: nothing,
    answer: accepted(Started),
  },
  listDamaged: {
    summary: 'What of this resource is damaged in storage and was not healed',
    allow: watchers,
    apps: true,
    params: byId,
    query: pages,
    answer: ok(listOf(DamagedItem)),
  },
  acceptLoss: {
    summary: 'Accept that older restore points do not give these items back any more; they stay on the list',
    allow: admins,
    params: byId,
    body: LossOrder,
    answer: ok(LossAccepted),
  },
  startDrill: {
    summary: 'Rehearse restores: give items of every workload back to memory and compare them',
    allow: admins,
    apps: true,
    body: DrillOrder.optional(),
    answer: accepted(Started),
  },
  listDrills: {
    summary: 'Restore drills, newest first',
    allow: watchers,
    apps: true,
    query: pages,
    answer: ok(listOf(Drill)),
  },
  getDrill: { summary: 'One restore drill', allow: watchers, apps: true, params: byId, answer: ok(Drill) },
  listDrillResults: {
    summary: 'The evidence of a drill, item by item',
    allow: watchers,
    apps: true,
    params: byId,
    query: pages,
    answer: ok(listOf(DrillResult)),
  },
} as const satisfies Readonly<Record<string, Route>>;
