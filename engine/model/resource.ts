import type { HeldRetention } from './policy.ts';
import type { Instant, PolicyId, ResourceId, UserId, Workload } from './ids.ts';

/** What a connector found at the source and could protect. */
export interface DiscoveredResource {
  readonly workload: Workload;
  /** `user`, `shared`, `room`, `equipment` for mailboxes; `onedrive` for drives of people. */
  readonly kind: string;
  /** mail = user id, drive = drive id. */
  readonly sourceId: string;
  readonly name: string;
  readonly address?: string;
  /** The person it belongs to: user id for mail and OneDrive. */
  readonly ownerId?: UserId;
}

export type ResourceState =
  'protected' | 'firstBackup' | 'waiting' | 'partial' | 'failing' | 'paused' | 'excluded' | 'notProtected' | 'gone';

/** One mailbox, one drive: what is protected as a whole and has restore points of its own. */
export interface ProtectedResource extends DiscoveredResource {
  readonly id: ResourceId;
  readonly state: ResourceState;
  /** Why it is excluded, not protected or failing, in words for the admin. */
  readonly reason?: string;
  readonly policyId?: PolicyId;
  /** Other policies that match too, in the admin's order. */
  readonly alsoMatches?: readonly PolicyId[];
  readonly firstSeenAt: Instant;
  readonly goneSince?: Instant;
  /** When everything at the source was last compared with the newest restore point. */
  readonly comparedAt?: Instant;
  /** The rules by which its copies are kept: those of its policy, or of its last one. */
  readonly retention?: HeldRetention;
  /** Longer rules of a policy that protected it before, until an administrator accepts those of the present one. */
  readonly heldRetention?: HeldRetention & { readonly since: Instant };
}

/**
 * A policy means it and there is nothing that could be copied: a person without a mailbox, a drive that nobody has opened
 * yet. Discovery says so in `reason`. Nobody has to do anything about it, so that it never counts as a gap.
 */
export const hasNothingToCopy = ({ state, policyId }: Pick<ProtectedResource, 'state' | 'policyId'>): boolean =>
  state === 'notProtected' && policyId !== undefined;
