import type { Instant, ResourceId, RunId, UserId } from './ids.ts';
import type { ProtectedResource } from './resource.ts';

/** Whose data is held: everything of a person, a site, a team, or one mailbox or drive alone (`sourceId` = its id here). */
export interface HoldTarget {
  readonly kind: 'user' | 'site' | 'team' | 'resource';
  readonly sourceId: string;
}

/** Stops expiry until it is released or its time is over. Beats every policy and everybody; never stops a backup. */
export interface LegalHold {
  readonly id: string;
  readonly on: HoldTarget;
  readonly reason: string;
  readonly setBy: UserId;
  readonly setByName?: string;
  readonly setAt: Instant;
  /** It ends by itself then; without it, when two people release it. */
  readonly until?: Instant;
  readonly releasedBy?: UserId;
  readonly releasedByName?: string;
  readonly releasedAt?: Instant;
}

/** Does it hold at `now` (storage clock)? */
export const isInForce = ({ releasedAt, until }: LegalHold, now: Instant): boolean =>
  releasedAt === undefined && (until === undefined || until > now);

/** Does it mean this resource? */
export function covers({ on }: Pick<LegalHold, 'on'>, resource: ResourceFacts): boolean {
  switch (on.kind) {
    case 'user':
      return resource.ownerId === on.sourceId || resource.sourceId === on.sourceId;
    case 'site':
    case 'team':
      return resource.sourceId === on.sourceId;
    case 'resource':
      return resource.id === on.sourceId;
  }
}

type ResourceFacts = Pick<ProtectedResource, 'id' | 'ownerId' | 'sourceId'>;

/** A run changed or removed so much of a resource that nothing of it expires until an administrator has looked. */
export interface Brake {
  readonly resourceId: ResourceId;
  readonly since: Instant;
  readonly runId: RunId;
  readonly changed: number;
  readonly removed: number;
  /** Items known before. */
  readonly of: number;
}
