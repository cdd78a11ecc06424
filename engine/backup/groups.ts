import { isFault } from '../fault.ts';
import type { BackupPolicy } from '../model/policy.ts';
import type { GroupTrouble } from '../model/run.ts';
import type { BackupServices } from './backupServices.ts';
import { groupsNamed, type GroupMembers } from './planRun.ts';
import { asSentence } from './sentences.ts';

/** Who is in the groups that policies name, and of which groups that cannot be said. */
export interface NamedGroups {
  readonly members: GroupMembers;
  /** These are missing in `members`: whom they meant stays as before. */
  readonly troubles: readonly GroupTrouble[];
}

/**
 * Reads the members of every group that a policy names. A group that is gone, or that may not be read, is told by name
 * and stops nobody else. Passing trouble is thrown; with `goesOn` it counts as a group that cannot be read.
 */
export async function readGroups(
  services: Pick<BackupServices, 'groupMembers' | 'signal' | 'log'>,
  policies: readonly BackupPolicy[],
  { goesOn = false } = {},
): Promise<NamedGroups> {
  const members = new Map<string, ReadonlySet<string>>();
  const troubles: GroupTrouble[] = [];
  for (const group of groupsNamed(policies)) {
    try {
      members.set(group, await services.groupMembers(group, services.signal));
    } catch (error) {
      if (!isFault(error) || error.kind === 'cancelled') throw error;
      if (!goesOn && isFault(error, 'throttled', 'unavailable')) throw error;
      const isGone = error.kind === 'not-found';
      services.log.warn(isGone ? 'backup.groupGone' : 'backup.groupUnreadable', { group, kind: error.kind });
      troubles.push(
        isGone
          ? { group, kind: 'gone' }
          : { group, kind: error.kind === 'forbidden' ? 'forbidden' : 'unreadable', cause: error.message },
      );
    }
  }
  return { members, troubles };
}

/** The troubles of the groups that this policy names. */
export const troublesOf = (policy: BackupPolicy, troubles: readonly GroupTrouble[]): readonly GroupTrouble[] => {
  const named = groupsNamed([policy]);
  return troubles.filter(({ group }) => named.has(group));
};

/** For people: which group, what that means for whom it names, and the way out. */
export function groupSentence({ group, kind, cause }: GroupTrouble): string {
  if (kind === 'gone')
    return `The group ${group} that this policy names cannot be found in the directory. Whom it meant stays as before, and nobody new comes through it: name another group in the policy.`;
  const wayOut =
    kind === 'forbidden'
      ? 'give the backup app the permission GroupMember.Read.All, or name people instead of the group.'
      : 'the next run asks again.';
  const why = cause === undefined ? '' : ` ${asSentence(cause)}`;
  return `Who is in the group ${group} that this policy names could not be read.${why} Whom it meant stays as before, and who joined since is not protected by it: ${wayOut}`;
}
