import { z } from 'zod';
import { directoryScope, mailboxScope, segment, sharepointScope, type Graph, type Scope } from '../graph/index.ts';

/** One harmless read that works only with a permission. */
export interface ProbeCall {
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly scope: Scope;
}

const few = { $select: 'id', $top: '1' };

/**
 * The read by which each permission shows itself. What only writes is tried by the read that it includes; nothing is
 * ever written to find out. Undefined: no read shows it, only the token does.
 */
export function probeCall(permission: string, person: string | undefined): ProbeCall | undefined {
  const user = person === undefined ? undefined : `/users/${segment(person)}`;
  switch (permission) {
    case 'User.Read.All':
      return { path: '/users', query: few, scope: directoryScope };
    case 'GroupMember.Read.All':
      return { path: '/groups', query: few, scope: directoryScope };
    case 'Organization.Read.All':
      // Other permissions open /organization too; the licences are what this one is for.
      return { path: '/subscribedSkus', scope: directoryScope };
  }
  if (user === undefined || person === undefined) return undefined;
  switch (permission) {
    case 'MailboxSettings.Read':
    case 'MailboxSettings.ReadWrite':
      return { path: `${user}/mailboxSettings`, scope: mailboxScope(person) };
    case 'Mail.Read':
    case 'Mail.ReadWrite':
      return { path: `${user}/mailFolders`, query: few, scope: mailboxScope(person) };
    case 'MailboxItem.Export.All':
    case 'MailboxItem.ImportExport.All':
      // Where the import and export API begins; what it moves is never tried out.
      return { path: `${user}/settings/exchange`, scope: mailboxScope(person) };
    case 'Sites.Read.All':
    case 'Sites.ReadWrite.All':
    case 'Files.Read.All':
    case 'Files.ReadWrite.All':
      return { path: `${user}/drive`, query: { $select: 'id' }, scope: sharepointScope };
    default:
      return undefined;
  }
}

const userShape = z.object({
  id: z.string(),
  mail: z.string().nullish(),
  accountEnabled: z.boolean().nullish(),
  userType: z.string().nullish(),
});
type User = z.infer<typeof userShape>;
const MOST_PEOPLE = 5;

/** A few people whose mailboxes and drives can be asked for, those first who are likely to have one. */
export async function somePeople(graph: Graph, signal: AbortSignal): Promise<readonly string[]> {
  const page = await graph.page(userShape, '/users', {
    query: { $select: 'id,mail,accountEnabled,userType', $top: '50' },
    scope: directoryScope,
    priority: 'incremental',
    signal,
  });
  return page.value
    .toSorted((a, b) => likelihood(b) - likelihood(a))
    .slice(0, MOST_PEOPLE)
    .map(({ id }) => id);
}

const likelihood = ({ mail, accountEnabled, userType }: User): number =>
  (mail ? 4 : 0) + (userType === 'Guest' ? 0 : 2) + (accountEnabled === false ? 0 : 1);
