import { z } from 'zod';
import { hexId, timeOfDay, timeZone } from './primitives.ts';

/** Who may look into other people's content. */
export const AccessSettings = z
  .strictObject({
    contentAccess: z
      .enum(['admins', 'secondPerson', 'nobody'])
      .describe('Content of other people: admins, only by an approved download, or nobody'),
    operatorsReadContent: z.boolean(),
    soleAdministrator: z
      .boolean()
      .describe(
        'There is one backup administrator and no approver: what needs a second person goes without, shown and audited',
      ),
    auditorsSeeNames: z.boolean().describe('Do auditors see names, subjects and people of items?'),
  })
  .meta({ id: 'AccessSettings' });

export const SelfServiceSettings = z
  .strictObject({
    enabled: z.boolean().describe('May members look for and restore their own data?'),
    download: z.boolean().describe('… and download it?'),
    workloads: z.array(z.string()).optional().describe('Only these; all when absent'),
  })
  .meta({ id: 'SelfServiceSettings' });

export const NotificationSettings = z
  .strictObject({
    report: z
      .enum(['worse', 'always', 'never'])
      .describe('Report card after a run: only when it is worse than the one before, always, never'),
    digest: z.enum(['weekly', 'daily', 'off']),
    digestAt: timeOfDay.describe('Local time at which the digest comes'),
    digestDay: z.number().int().min(0).max(6).describe('Day of the weekly digest; 0 = Sunday'),
    timeZone: timeZone
      .optional()
      .describe('Whose clocks digestAt and digestDay mean; those of each reader when absent'),
  })
  .meta({ id: 'NotificationSettings' });

export const VerificationSettings = z
  .strictObject({
    drills: z.enum(['off', 'weekly', 'monthly']).describe('How often restores are rehearsed'),
    drillPlaces: z
      .array(hexId)
      .max(20)
      .optional()
      .describe(
        'Mailboxes and drives, at most one of each workload, into which drills give items back for a moment, in a folder of their own; without them to memory alone',
      ),
    drillItems: z.number().int().min(0).max(200).describe('Random items of each resource, beside the worst cases'),
    samples: z
      .enum(['off', 'weekly', 'monthly'])
      .optional()
      .describe('How often a sample of everything is verified; weekly when absent'),
    sampleShare: z
      .number()
      .min(0)
      .max(1)
      .optional()
      .describe('How much of the content that sample reads; 0.02 when absent'),
    fullEveryDays: z
      .number()
      .int()
      .min(0)
      .max(366)
      .optional()
      .describe(
        'Every byte of each resource is read within so many days, some resources a day; 90 when absent, 0 = never',
      ),
  })
  .meta({ id: 'VerificationSettings' });

/** Every group of settings that `GET/PUT /api/settings/{name}` knows. */
export const settingsGroups = {
  access: AccessSettings,
  selfService: SelfServiceSettings,
  notifications: NotificationSettings,
  verification: VerificationSettings,
} as const;

export const Settings = z.object(settingsGroups).meta({ id: 'Settings' });
export type Settings = z.infer<typeof Settings>;
export type SettingsName = keyof Settings;
export const SettingsName = z.enum(['access', 'selfService', 'notifications', 'verification']);

/** Until an admin says otherwise. */
export const defaultSettings: Settings = {
  access: { contentAccess: 'admins', operatorsReadContent: false, soleAdministrator: false, auditorsSeeNames: false },
  selfService: { enabled: true, download: true },
  notifications: { report: 'worse', digest: 'weekly', digestAt: '08:00', digestDay: 1 },
  verification: { drills: 'monthly', drillItems: 20, samples: 'weekly', sampleShare: 0.02, fullEveryDays: 90 },
};
