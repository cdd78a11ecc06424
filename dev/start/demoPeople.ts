import { z } from 'zod';
import type { PlaygroundPerson } from './playground.ts';

const ADMIN = 'Backup.Admin';
const users = z.object({
  value: z.array(
    z.object({
      id: z.string(),
      upn: z.string(),
      deleted: z.boolean(),
      name: z.string().optional(),
      appRoles: z.array(z.string()).optional(),
    }),
  ),
});

export interface DemoPerson extends PlaygroundPerson {
  readonly isAdmin: boolean;
}

/** Six people of the demo tenant that listens at `controlUrl`. Administrators first: that is who sits at the keyboard. */
export async function demoPeople(controlUrl: string): Promise<DemoPerson[]> {
  const answer = await fetch(`${controlUrl}/control/users`);
  const { value } = users.parse(await answer.json());
  return value
    .filter((user) => !user.deleted && user.name !== undefined)
    .map(({ id, upn, name, appRoles }) => ({
      id,
      name: name ?? upn,
      address: upn,
      isAdmin: appRoles?.includes(ADMIN) ?? false,
    }))
    .toSorted((a, b) => Number(b.isAdmin) - Number(a.isAdmin))
    .slice(0, 6);
}

/** Where the console is, and as whom to look at all of it; only the demo tenant's people are known here. */
export function consoleLine(url: string, people: readonly DemoPerson[] = []): string {
  const admin = people.find((person) => person.isAdmin);
  return `Console       ${url}${admin === undefined ? '' : ` (sign in as ${admin.name}, administrator)`}`;
}
