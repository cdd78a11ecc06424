import { z } from 'zod';
import type { BotServices } from '../bot/botServices.ts';
import { isFault } from '../engine/fault.ts';
import type { UserId } from '../engine/model/ids.ts';
import { searchPoints } from '../engine/search/searchPoints.ts';
import { directoryScope, segment, type Graph } from '../graph/index.ts';
import type { Composed } from './compose.ts';
import type { Settings } from './settings.ts';

const userShape = z.object({
  id: z.string(),
  displayName: z.string().nullish(),
  userType: z.string().nullish(),
  accountEnabled: z.boolean().nullish(),
});
const KNOWN_MS = 5 * 60_000;
const ASK_MS = 10_000;

/** What the bot asks of the app. The person in a chat has the roles that a token of theirs showed in the last days. */
export function botServices(
  { services, graphs }: Composed,
  settings: Pick<Settings, 'publicUrl' | 'port'>,
): BotServices {
  const { records, repository, backup, restore, clock, log } = services;
  const memberOf = membersOf(graphs.read, () => clock.now());
  const base = settings.publicUrl ?? `http://localhost:${settings.port}`;
  return {
    clock,
    log,
    records,
    restore,
    points: repository.points,
    async actor(user, name) {
      const member = await memberOf(user);
      if (member === undefined) return undefined;
      // The channel leaves the name out when somebody installs the app.
      return { id: user, name: member.name ?? name, roles: (await services.roles.rolesOf(user)) ?? [] };
    },
    startPolicyRun: (policy, by) => backup.startPolicyRun(policy, by),
    startResourceRun: (resource, by) => backup.startResourceRun(resource, by),
    cancelRun: (run) => backup.cancelRun(run),
    describeRuns: (runs) => backup.describe(runs),
    ledger: (run, filter) => backup.ledger(run, filter),
    search: (query, maySee) => searchPoints(query, { repository, records, catalog: repository.catalog, maySee }),
    consoleUrl: (place) => `${base}/${place.replace(/^\/+/, '')}`,
  };
}

interface Member {
  readonly name: string | undefined;
}

/** A person of our tenant, no guest, not blocked; undefined for all others. The directory is asked at most every five minutes. */
function membersOf(graph: Graph, now: () => number): (user: UserId) => Promise<Member | undefined> {
  const known = new Map<string, { readonly at: number; readonly member: Member | undefined }>();
  return async (user) => {
    const kept = known.get(user);
    if (kept !== undefined && now() - kept.at < KNOWN_MS) return kept.member;
    const member = await ask(graph, user);
    known.set(user, { at: now(), member });
    return member;
  };
}

async function ask(graph: Graph, user: UserId): Promise<Member | undefined> {
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
