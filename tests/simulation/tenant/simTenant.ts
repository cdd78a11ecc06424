import type { GraphOptions } from '../../../graph/index.ts';
import type { Clock } from '../../../engine/ports/clock.ts';
import type { Transport } from '../../../graph/transport.ts';
import type { App, LoggedCall } from './calls.ts';
import type { Drive, Mail, NewPerson, People } from './controls.ts';
import type { History } from './history.ts';
import type { TroubleHook } from './trouble.ts';
import { CallBook } from './callBook.ts';
import { driveControl } from './driveControl.ts';
import { GRAPH, type Limits } from './graph/request.ts';
import { mailControl } from './mailControl.ts';
import { peopleControl } from './peopleControl.ts';
import type { SignIn } from './signIn.ts';
import { CLIENT_IDS, SignInService } from './signInService.ts';
import { Wire } from './wire.ts';
import { World } from './world.ts';
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
  /** SharePoint writes properties into Office files that come in, as it does in life. Default false. */
  readonly officeRewrites?: boolean;
  /** By which ids exports know a message: the immutable ones (default), or the ordinary ones alone. */
  readonly exportIds?: 'immutable' | 'ordinary';
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
  /** What `createGraph` needs beside pacing, clock, random and log to be this app of this tenant. */
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

const TENANT_ID = '7e0a0000-0000-4000-8000-00000000c0de';
const FIRST_PEOPLE: readonly NewPerson[] = [
  { alias: 'anna', messages: 3, files: 3 },
  { alias: 'ben', messages: 3, files: 3 },
];

export function simTenant(options: SimTenantOptions): SimTenant {
  const { clock, pageSizes, linkMs, sessionMs, officeRewrites, exportIds, tenantId = TENANT_ID, trouble } = options;
  const limits: Limits = {
    messages: 3,
    folders: 3,
    drive: 3,
    people: 3,
    ...pageSizes,
    linkMs: linkMs ?? 600_000,
    sessionMs: sessionMs ?? 3_600_000,
    officeRewrites: officeRewrites ?? false,
    exportIds: exportIds ?? 'immutable',
  };
  const now = () => clock.now();
  const tenant = assemble({ tenantId, limits, clock, world: new World(now), signIn: new SignInService(now), trouble });
  for (const person of options.people ?? FIRST_PEOPLE) tenant.people.join(person);
  return tenant;
}

interface Parts {
  readonly tenantId: string;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly world: World;
  readonly signIn: SignInService;
  readonly trouble: TroubleHook | undefined;
}

function assemble({ tenantId, limits, clock, world, signIn, trouble }: Parts): SimTenant {
  const writes: TargetWrite[] = [];
  const sent = { mails: 0, invitations: 0 };
  const book = new CallBook(() => clock.now());
  const wire = new Wire({ world, limits, signIn, writes, sent, tenant: () => tenant }, clock, book);
  const mail = mailControl(world);
  const drive = driveControl(world);
  const tenant: SimTenant = {
    tenantId,
    transport: wire,
    signIn,
    connection: (app) => ({
      endpoint: GRAPH,
      authorityHost: 'https://login.microsoftonline.com',
      tenantId,
      clientId: CLIENT_IDS[app],
      credential: { kind: 'secret', secret: 'simulated' },
      contentHosts: [],
      transport: wire,
      acquireToken: signIn.acquire(app),
    }),
    people: peopleControl(world, mail, drive),
    mail,
    drive,
    expireCursors(code = 'resyncChangesApplyDifferences') {
      world.epoch += 1;
      world.resyncCode = code;
    },
    setExports(allowed) {
      world.exportsAllowed = allowed;
    },
    setRoom(resource, bytes) {
      const place = world.mailboxes.get(resource) ?? world.drives.get(resource);
      if (place === undefined) throw new Error(`There is no ${resource}`);
      place.room = bytes;
    },
    trouble,
    history: world.history,
    writes,
    sent,
    calls: book.calls,
    violations: book.violations,
    fork(parts) {
      const forkNow = () => parts.clock.now();
      return assemble({
        tenantId,
        limits,
        clock: parts.clock,
        world: new World(forkNow, world),
        signIn: new SignInService(forkNow, signIn),
        trouble: parts.trouble,
      });
    },
  };
  return tenant;
}
