import { z } from 'zod';

/** App roles of the console's registration in Entra; who has none of them is a member and sees own data only. */
export const AppRole = z
  .enum(['Backup.Admin', 'Backup.RestoreOperator', 'Backup.Auditor', 'Backup.Approver'])
  .meta({ id: 'AppRole' });
export type AppRole = z.infer<typeof AppRole>;

/** Who may call a route. Everybody who is signed in is also a member. */
export type Role = 'admin' | 'operator' | 'auditor' | 'approver' | 'member';

export const roleOf: Readonly<Record<AppRole, Role>> = {
  'Backup.Admin': 'admin',
  'Backup.RestoreOperator': 'operator',
  'Backup.Auditor': 'auditor',
  'Backup.Approver': 'approver',
};

/** What the signed-in person may do. A hint for drawing the console: the server decides anew on every call. */
export const Me = z
  .object({
    id: z.string(),
    tenantId: z.string(),
    name: z.string().optional(),
    roles: z.array(AppRole),
    can: z.object({
      seeTenant: z.boolean(),
      browseEverybody: z.boolean(),
      readContentOfEverybody: z.boolean(),
      restoreForEverybody: z.boolean(),
      useOwnData: z.boolean(),
      startRuns: z.boolean(),
      changePolicies: z.boolean(),
      changeSettings: z.boolean(),
      approve: z.boolean(),
      seeAudit: z.enum(['all', 'own']),
    }),
  })
  .meta({ id: 'Me' });
export type Me = z.infer<typeof Me>;
