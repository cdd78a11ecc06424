import type { HeldRetention } from './policy.ts';
import type { Instant, PointId, PolicyId, ResourceId, UserId } from './ids.ts';

/** What shall become weaker. More kinds may come; each is applied by engine/retention/applyChanges. */
export type ChangeWish =
  /** `before` held when it was asked, `after` shall count from then on. */
  | {
      readonly kind: 'shorterRetention';
      readonly policyId: PolicyId;
      readonly before: HeldRetention;
      readonly after: HeldRetention;
    }
  | { readonly kind: 'releaseHold'; readonly holdId: string }
  /** A new key after the epoch `from`. */
  | { readonly kind: 'rotateKeys'; readonly from: number }
  /** A restore point whose root is lost for good. */
  | { readonly kind: 'giveUpPoint'; readonly resourceId: ResourceId; readonly pointId: PointId };

interface Asked {
  readonly id: string;
  readonly wish: ChangeWish;
  readonly reason?: string;
  readonly askedBy: UserId;
  readonly askedByName?: string;
  readonly askedAt: Instant;
}
interface Approved extends Asked {
  /** `noSecondPerson`: there is one administrator and no approver, who said so. */
  readonly approvedBy: UserId | 'noSecondPerson';
  readonly approvedByName?: string;
  readonly approvedAt: Instant;
  readonly effectiveAt: Instant;
}

/** A change that makes protection weaker: a second administrator has to agree, and some of them wait a day after that. */
export type WaitingChange =
  | (Asked & { readonly state: 'asked' })
  | (Approved & { readonly state: 'approved' })
  | (Approved & { readonly state: 'applied'; readonly endedAt: Instant })
  | (Asked & {
      readonly state: 'withdrawn';
      readonly endedAt: Instant;
      readonly endedBy: UserId;
      readonly endedByName?: string;
    })
  /** Nobody agreed in time, or what it was about is not as it was when it was asked. */
  | (Asked & { readonly state: 'void'; readonly endedAt: Instant; readonly why: string });

export const isOpen = ({ state }: WaitingChange): boolean => state === 'asked' || state === 'approved';
