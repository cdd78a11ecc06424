import type { TenantCall } from './calls.ts';
import type { SimTenant } from './simTenant.ts';

/** What an answer says about waiting: seconds, an HTTP date that lies so many seconds ahead, or anything as it stands. */
export type RetryAfter = number | { readonly date: number } | { readonly text: string };

/**
 * What befalls one request. Several may befall one together; those that stand for an answer of their own (`status`, `html`,
 * `reset`, `resync` …) take the first. A trouble that does not fit its request (a repeated page for a download) is an
 * error of the plan and throws, so that no planned fault passes unseen.
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
  /** The answer takes so long. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Somebody changes the tenant right after the request had its effect and before the next one comes. */
  | { readonly kind: 'meanwhile'; readonly act: (tenant: SimTenant) => void }
  // Bodies.
  /** The body ends at this share of its length: `broken` as a connection does, else as if that were all of it. */
  | { readonly kind: 'truncated'; readonly at: number; readonly broken: boolean; readonly code?: string }
  /** As many bytes as there should be, and others. Of JSON: bytes that are none. */
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
  /** Items (all of the page, or those named) are left out of this round of the feed and shown in the next. */
  | { readonly kind: 'withhold'; readonly items?: readonly string[] }
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
