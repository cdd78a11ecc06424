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
    case 'Group.Read.All':
    case 'GroupMember.Read.All':
      return { path: '/groups', query: few, scope: directoryScope };
    case 'Organization.Read.All':
      return { path: '/organization', query: { $select: 'id' }, scope: directoryScope };
  }
  if (user === undefined || person === undefined) return undefined;
  switch (permission) {
    case 'MailboxSettings.Read':
    case 'MailboxSettings.ReadWrite':
      return { path: `${user}/mailboxSettings`, scope: mailboxScope(person) };
    case 'Mail.Read':
    case 'Mail.ReadWrite':
      return { path: `${user}/mailFolders`, query: few, scope: mailboxScope(person) };
    case 'Sites.Read.All':
    case 'Sites.ReadWrite.All':
    case 'Files.Read.All':
    case 'Files.ReadWrite.All':
      return { path: `${user}/drive`, query: { $select: 'id' }, scope: sharepointScope };
    default:
      return undefined;
  }
}

const userShape = z.object({ id: z.string() });

/** Somebody whose mailbox and drive can be asked for: the first person that the directory shows. */
export async function anybody(graph: Graph, signal: AbortSignal): Promise<string | undefined> {
  const page = await graph.page(userShape, '/users', {
    query: few,
    scope: directoryScope,
    priority: 'incremental',
    signal,
  });
  return page.value[0]?.id;
}
