import { z } from 'zod';
import { Damaged } from './resources.ts';
import { troubleKinds } from './verdict.ts';
import { Run } from './runs.ts';
import { count, hexId, instant } from './primitives.ts';

/** One permission, as it answers now and not as a consent page claims. */
export const PermissionProbe = z
  .object({
    app: z.enum(['backup', 'restore']),
    permission: z.string(),
    workload: z.string().optional(),
    state: z.enum(['granted', 'notEffectiveYet', 'refused', 'notConfigured', 'unknown']),
    call: z.string().describe('The call that was tried'),
    advice: z.string().optional().describe('What to do when it is not granted'),
  })
  .meta({ id: 'PermissionProbe' });
export type PermissionProbe = z.infer<typeof PermissionProbe>;

export const DependencyProbe = z
  .object({ name: z.string(), state: z.enum(['works', 'fails', 'notConfigured']), detail: z.string() })
  .meta({ id: 'DependencyProbe' });
export type DependencyProbe = z.infer<typeof DependencyProbe>;

/** `verdict` and everything after it is there for admins only. */
export const Health = z
  .object({
    status: z.literal('up'),
    version: z.string(),
    time: instant,
    verdict: z.string().optional().describe('One sentence: are we safe? `Protected.` only when nothing is in the way'),
    troubles: z
      .array(
        z.object({
          kind: z.enum(troubleKinds),
          count,
          text: z.string(),
          wayOn: z.string().describe('What to do about it'),
        }),
      )
      .optional()
      .describe('What the verdict is made of, worst first; empty when nothing is in the way'),
    permissions: z.array(PermissionProbe).optional(),
    dependencies: z.array(DependencyProbe).optional(),
    overduePolicies: z
      .array(z.object({ id: hexId, name: z.string(), dueAt: instant, lastRunAt: instant.optional() }))
      .optional()
      .describe('Policies that have not run for twice their interval'),
    troubledRuns: z
      .array(Run)
      .optional()
      .describe(
        'Of each policy the newest whole run that ended, if it failed or did not get to everything; runs that stalled',
      ),
    resources: z.record(z.string(), count).optional().describe('How many protected resources are in each state'),
    damaged: Damaged.extend({
      resources: count.describe('Resources that have any'),
      others: count.describe(
        'What verifications found beside these items and none looked at anew since, accepted losses not counted',
      ),
    })
      .optional()
      .describe('What is known to be damaged in storage and was not healed'),
    nothingToCopy: count
      .optional()
      .describe('How many of those that are not protected have nothing that could be copied'),
  })
  .meta({ id: 'Health' });
export type Health = z.infer<typeof Health>;

/** What a browser outside Teams needs to sign in with authorization code and PKCE. */
export const SignIn = z
  .object({
    tenantId: z.string(),
    clientId: z.string(),
    scope: z.string(),
    issuer: z.string(),
    authorizationEndpoint: z.string(),
    tokenEndpoint: z.string(),
    endSessionEndpoint: z.string().optional(),
  })
  .meta({ id: 'SignIn' });
export type SignIn = z.infer<typeof SignIn>;

export const WorkloadDescription = z
  .object({
    workload: z.string(),
    label: z.string(),
    icon: z.string().describe('Name of a Fluent icon'),
    itemKinds: z.array(z.object({ kind: z.string(), label: z.string(), icon: z.string(), container: z.boolean() })),
    permissions: z.array(
      z.object({ name: z.string(), app: z.enum(['backup', 'restore']), why: z.string(), otherwise: z.string() }),
    ),
    coverageNotes: z.array(z.string()),
  })
  .meta({ id: 'WorkloadDescription' });
export type WorkloadDescription = z.infer<typeof WorkloadDescription>;

export const KeyVerification = z
  .object({ result: z.enum(['ok', 'refused']), keyId: z.string(), verifiedAt: instant.optional(), detail: z.string() })
  .meta({ id: 'KeyVerification' });
export type KeyVerification = z.infer<typeof KeyVerification>;

const keyKind = z.enum(['vault', 'file', 'recovery']);
export const KeyStatus = z
  .object({
    epoch: z.number().int().min(1).describe('Number of the key under which everything new is sealed'),
    epochs: z.array(
      z.object({
        epoch: z.number().int().min(1),
        madeAt: instant,
        wraps: z.array(z.object({ kind: keyKind, keyId: z.string(), wrappedAt: instant })).describe('Newest first'),
      }),
    ),
    outer: z.object({ kind: keyKind, keyId: z.string() }),
    recoveryKeyId: z.string().optional(),
    rotatesAlone: z.boolean().describe('False when the next rotation asks for the recovery key: npm run keys'),
    provedAt: instant.optional().describe('When the recovery key in force was last tried'),
    provedBy: z.string().optional(),
  })
  .meta({ id: 'KeyStatus' });
export type KeyStatus = z.infer<typeof KeyStatus>;

/** Spaces and line ends between the groups are ignored. */
export const KeyVerificationOrder = z
  .strictObject({ recoveryKey: z.string().min(1).max(200) })
  .meta({ id: 'KeyVerificationOrder' });
