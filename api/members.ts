import { z } from 'zod';
import { isFault } from '../engine/fault.ts';
import type { UserId } from '../engine/model/ids.ts';
import type { Clock } from '../engine/ports/clock.ts';
import { directoryScope, segment, type Graph } from '../graph/index.ts';
import { withinTime } from './timeLimit.ts';

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
  /** Invited from another organisation: owns nothing that is backed up here, and counts by the role given to them. */
  readonly isGuest: boolean;
}

/**
 * A person with an account in our tenant that is not blocked, as a token of theirs would show; undefined for all others.
 * Guests have one too: administrators of a service provider often are guests. The directory is asked at most every five
 * minutes. Faults as Graph's.
 */
export type MemberOf = (user: UserId) => Promise<Member | undefined>;

export function membersOf(graph: Pick<Graph, 'get'>, clock: Clock): MemberOf {
  const known = new Map<string, { readonly at: number; readonly member: Member | undefined }>();
  return async (user) => {
    const kept = known.get(user);
    if (kept !== undefined && clock.now() - kept.at < KNOWN_MS) return kept.member;
    const member = await withinTime(clock, ASK_MS, (signal) => ask(graph, user, signal));
    known.set(user, { at: clock.now(), member });
    return member;
  };
}

async function ask(graph: Pick<Graph, 'get'>, user: UserId, signal: AbortSignal): Promise<Member | undefined> {
  try {
    const { displayName, userType, accountEnabled } = await graph.get(userShape, `/users/${segment(user)}`, {
      query: { $select: 'id,displayName,userType,accountEnabled' },
      scope: directoryScope,
      priority: 'restore',
      signal,
    });
    if (accountEnabled === false) return undefined;
    return { name: displayName ?? undefined, isGuest: userType === 'Guest' };
  } catch (error) {
    if (isFault(error, 'not-found', 'invalid')) return undefined;
    throw error;
  }
}
