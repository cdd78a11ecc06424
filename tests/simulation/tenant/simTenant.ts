import type { GraphOptions } from '../../../graph/index.ts';
import type { Clock } from '../../../engine/ports/clock.ts';
import type { Transport } from '../../../graph/transport.ts';
import type { App, LoggedCall } from './calls.ts';
import type { Drive, Mail, NewPerson, People } from './controls.ts';
import type { History } from './history.ts';
import type { TroubleHook } from './trouble.ts';
import type { SignIn } from './signIn.ts';
import type { TargetWrite } from './writes.ts';

export interface SimTenantOptions {
  readonly clock: Clock;
  /** Default: anna and ben with three messages and three files each. */
  readonly people?: readonly NewPerson[];
  /** Most items of a page, whatever was asked for. Default 3 each, so that listings have several. */
  readonly pageSizes?: {
    readonly messages?: number;
    readonly folders?: number;
    readonly drive?: number;
    readonly people?: number;
  };
  /** How long a download link lives; default 10 minutes. */
  readonly linkMs?: number;
  /** How long an upload or import session lives without being used; default 1 hour. */
  readonly sessionMs?: number;
  readonly tenantId?: string;
  readonly trouble?: TroubleHook;
}

/**
 * Microsoft Graph, the hosts of its pre-authenticated links, and Entra, for one tenant, in memory: answers as the services
 * do, at once or after the clock slept, and keeps everything that ever was. The same requests in the same order get the
 * same answers, byte for byte. A request that it does not know is an Error for the caller and a line of `violations`.
 */
export interface SimTenant {
  readonly tenantId: string;
  /** Give this to `createGraph`; `close` does nothing. */
  readonly transport: Transport;
  readonly signIn: SignIn;
  /** What `createGraph` needs beside pacing, clock and log to be this app of this tenant. */
  connection(
    app: App,
  ): Pick<
    GraphOptions,
    | 'endpoint'
    | 'authorityHost'
    | 'tenantId'
    | 'clientId'
    | 'credential'
    | 'contentHosts'
    | 'transport'
    | 'acquireToken'
    | 'random'
  >;

  readonly people: People;
  readonly mail: Mail;
  readonly drive: Drive;
  /** Every saved place of every feed is dead from now on (410). */
  expireCursors(code?: 'resyncChangesApplyDifferences' | 'resyncChangesUploadDifferences' | 'resyncRequired'): void;
  /** Mailbox exports and imports are refused by policy (403), or allowed again. */
  setExports(allowed: boolean): void;
  /** How many bytes the drive or mailbox still takes; undefined: no end. 507 beyond. */
  setRoom(resource: string, bytes: number | undefined): void;

  /** Asked about each request; may be set anew at any time. */
  trouble: TroubleHook | undefined;

  readonly history: History;
  /** What came over Graph and changed something, in order. */
  readonly writes: readonly TargetWrite[];
  /** What would have reached somebody: must stay 0. */
  readonly sent: { readonly mails: number; readonly invitations: number };
  readonly calls: readonly LoggedCall[];
  /** What was asked against the rules, a line each: unknown requests, missing headers, too many at once, too early. */
  readonly violations: readonly string[];

  /** The same tenant once more, to go on by itself, with empty `calls`, `violations` and `writes`. Costs microseconds. */
  fork(parts: { readonly clock: Clock; readonly trouble?: TroubleHook }): SimTenant;
}

export declare function simTenant(options: SimTenantOptions): SimTenant;
