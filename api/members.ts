import { z } from 'zod';
import { isFault } from '../engine/fault.ts';
import type { UserId } from '../engine/model/ids.ts';
import { directoryScope, segment, type Graph } from '../graph/index.ts';

const userShape = z.object({
  id: z.string(),
  displayName: z.string().nullish(),
  userType: z.string().nullish(),
  accountEnabled: z.boolean().nullish(),
});
const KNOWN_MS = 5 * 60_000;
const ASK_MS = 10_000;

export interface Member {
  readonly name: string | undefined;
}

/**
 * A person of our tenant, no guest, not blocked; undefined for all others. The directory is asked at most every five
 * minutes. Faults as Graph's.
 */
export type MemberOf = (user: UserId) => Promise<Member | undefined>;

export function membersOf(graph: Pick<Graph, 'get'>, now: () => number): MemberOf {
  const known = new Map<string, { readonly at: number; readonly member: Member | undefined }>();
  return async (user) => {
    const kept = known.get(user);
    if (kept !== undefined && now() - kept.at < KNOWN_MS) return kept.member;
    const member = await ask(graph, user);
    known.set(user, { at: now(), member });
    return member;
  };
}

async function ask(graph: Pick<Graph, 'get'>, user: UserId): Promise<Member | undefined> {
  try {
    const { displayName, userType, accountEnabled } = await graph.get(userShape, `/users/${segment(user)}`, {
      query: { $select: 'id,displayName,userType,accountEnabled' },
      scope: directoryScope,
      priority: 'restore',
      signal: AbortSignal.timeout(ASK_MS),
    });
    return userType === 'Guest' || accountEnabled === false ? undefined : { name: displayName ?? undefined };
  } catch (error) {
    if (isFault(error, 'not-found', 'invalid')) return undefined;
    throw error;
  }
}
