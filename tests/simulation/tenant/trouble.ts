import type { Operation, TenantCall } from './calls.ts';
import type { SimTenant } from './simTenant.ts';

/** What an answer says about waiting: seconds, an HTTP date that lies so many seconds ahead, or anything as it stands. */
export type RetryAfter = number | { readonly date: number } | { readonly text: string };

/**
 * What befalls one request. Several may befall one together; what stands in place of an effect (`reset`, `html`, `status`)
 * keeps the others from it. A trouble that no request of its operation can meet is an error of the plan and throws. What
 * finds nothing to befall (a page without items, an answer without a body) is not in the call's `troubles` then.
 */
export type Trouble =
  // Any request.
  /** This answer instead of the effect. `code` defaults to what Graph gives with the status. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly code?: string;
      readonly retryAfter?: RetryAfter;
      readonly headers?: Readonly<Record<string, string>>;
      /** A gateway's page or nothing in place of a Graph error. */
      readonly body?: 'html' | 'empty';
    }
  /** The connection breaks before the request had an effect. */
  | { readonly kind: 'reset' }
  /** The request has its effect and the answer never comes. */
  | { readonly kind: 'lostAnswer' }
  /** Nothing is heard for 100 seconds, then the client's time is up. */
  | { readonly kind: 'silence'; readonly effect: boolean }
  /** It takes so long, on its way there (`before`, the default) or back. */
  | { readonly kind: 'delay'; readonly ms: number; readonly when?: 'before' | 'after' }
  /** Somebody changes the tenant right after the request had its effect and before the next one comes. */
  | { readonly kind: 'meanwhile'; readonly act: (tenant: SimTenant) => void }
  // Bodies.
  /**
   * The body ends at this share of its length: `broken` as a connection does, else as if that were all of it (never the
   * MIME of a message, of which nobody could tell).
   */
  | { readonly kind: 'truncated'; readonly at: number; readonly broken: boolean; readonly code?: string }
  /**
   * As many bytes as there should be, one of them another; of JSON one that it cannot have. Never the MIME of a message:
   * it has no hash by which anybody could tell.
   */
  | { readonly kind: 'wrongBytes' }
  /** A web page with status 200. */
  | { readonly kind: 'html' }
  // Pages and feeds.
  /** The page comes once more before the next one. */
  | { readonly kind: 'repeatPage' }
  /** The page names itself as the next, this time. */
  | { readonly kind: 'sameNextLink' }
  /** Nothing but a nextLink, to the same place. */
  | { readonly kind: 'emptyPage' }
  /** Items (all of the page, or those named) are left out of this round of the feed and shown in the next; `forGood`: in none. */
  | { readonly kind: 'withhold'; readonly items?: readonly string[]; readonly forGood?: true }
  /** Items (all of the page that have one, or those named) come with a former version first. */
  | { readonly kind: 'twice'; readonly items?: readonly string[] }
  /** The next round shows the last `changes` changes once more. */
  | { readonly kind: 'replay'; readonly changes: number }
  /** The feed's place is dead: 410. `location` names where to begin, as drives do. */
  | {
      readonly kind: 'resync';
      readonly code:
        | 'resyncRequired'
        | 'resyncChangesApplyDifferences'
        | 'resyncChangesUploadDifferences'
        | 'SyncStateNotFound'
        | 'SyncStateInvalid';
      readonly location?: boolean;
    }
  // Files.
  /** What is said of a file is not so: its size by so much, its hash another or none. */
  | { readonly kind: 'lie'; readonly size?: number; readonly hash?: 'wrong' | 'missing' }
  /** The pre-authenticated link has lost its power. */
  | { readonly kind: 'linkExpired'; readonly status?: 401 | 403 | 404 | 410 }
  /** The content is to be had elsewhere: at another of the service's hosts, or at one that is not its own. */
  | { readonly kind: 'redirect'; readonly to: 'own' | 'foreign' }
  // Uploads.
  /** 202 after the last range: the file is not there, and the session says that it still expects the last byte. */
  | { readonly kind: 'notYet' }
  /** The service takes this share of the range (in whole steps of the session). */
  | { readonly kind: 'partOfRange'; readonly share: number }
  /** The session has ended by itself. */
  | { readonly kind: 'sessionGone' }
  // Parts of a batch.
  /** The batch's answer leaves this part out; with `effect` it was carried out. */
  | { readonly kind: 'missing'; readonly effect: boolean };

/** Asked about each request. It may also change the tenant itself before the request has its effect. */
export type TroubleHook = (call: TenantCall, tenant: SimTenant) => Trouble | readonly Trouble[] | undefined;

type Kind = Trouble['kind'];

const FEEDS: readonly Operation[] = ['mailFolders.delta', 'messages.delta', 'drive.delta'];
const LISTS: readonly Operation[] = [
  ...FEEDS,
  'users.list',
  'groups.list',
  'groups.transitiveMembers',
  'mailFolders.list',
  'messages.list',
  'attachments.list',
  'driveItem.children',
];
const SESSIONS: readonly Operation[] = ['content.upload', 'content.uploadStatus', 'content.uploadCancel'];
/** Kinds that only some operations can meet; the others any may. */
const WHERE: Partial<Record<Kind, readonly Operation[]>> = {
  repeatPage: LISTS,
  sameNextLink: LISTS,
  emptyPage: LISTS,
  withhold: FEEDS,
  twice: FEEDS,
  replay: FEEDS,
  resync: FEEDS,
  lie: ['drive.delta', 'driveItem.get', 'driveItem.getByPath', 'driveItem.children', 'content.upload'],
  linkExpired: ['content.download', 'content.import'],
  redirect: ['driveItem.content', 'content.download'],
  notYet: ['content.upload'],
  partOfRange: ['content.upload'],
  sessionGone: SESSIONS,
};
/** What a part of a batch can meet. */
const IN_BATCH: readonly Kind[] = ['status', 'meanwhile', 'missing', 'lie'];

/** Can a request of this operation meet such a trouble at all? */
export const fits = (kind: Kind, operation: Operation, isInBatch: boolean): boolean =>
  isInBatch
    ? IN_BATCH.includes(kind) && (WHERE[kind]?.includes(operation) ?? true)
    : kind !== 'missing' && (WHERE[kind]?.includes(operation) ?? true);
