import type { ConnectorWorld } from '../../../engine/testing/connectorContract.ts';
import type { Instant, ResourceId, UserId } from '../../../engine/model/ids.ts';
import type { ProtectedResource } from '../../../engine/model/resource.ts';
import type { Clock } from '../../../engine/ports/clock.ts';
import { virtualClock, type VirtualClock } from '../../../engine/testing/virtualClock.ts';
import {
  createGraph,
  createPacing,
  type GraphConnection,
  type SentRequest,
  type Transport,
} from '../../../graph/index.ts';
import { createRecorder } from '../../../graph/testing/recorder.ts';
import { createConnectors } from '../../../workloads/index.ts';
import { permissionsOf, quietLog } from '../../../workloads/testing/demoTenant.ts';
import { answerCheck } from './answerCheck.ts';
import type { App } from './calls.ts';
import { simTenant, type SimTenant } from './simTenant.ts';

/** Half: no surprise in the pauses. */
const random = { bytes: (length: number) => new Uint8Array(length).fill(128) };

/** The shipped Graph client as one of the apps of the tenant, over `transport` or straight. */
export function connect(
  tenant: SimTenant,
  app: App,
  clock: Clock,
  transport: Transport = tenant.transport,
): GraphConnection {
  const connection = tenant.connection(app);
  return createGraph({
    ...connection,
    transport,
    random,
    pacing: createPacing({ clock, clientId: connection.clientId, holder: 'test' }),
    clock,
    log: quietLog,
  });
}

/** `observe` sees each request as it leaves. */
const watched = (transport: Transport, observe: (sent: SentRequest) => void): Transport => ({
  send(order) {
    observe(order);
    return transport.send(order);
  },
  close: () => transport.close(),
});

export function resourceOf(tenant: SimTenant, workload: string, alias: string): ProtectedResource {
  return {
    id: '0'.repeat(32) as ResourceId,
    workload,
    kind: workload === 'mail' ? 'user' : 'onedrive',
    sourceId: workload === 'mail' ? tenant.people.id(alias) : tenant.people.driveId(alias),
    name: alias,
    ownerId: tenant.people.id(alias) as UserId,
    state: 'protected',
    firstSeenAt: '2026-01-01T00:00:00.000Z' as Instant,
  };
}

export interface SimWorld extends ConnectorWorld {
  readonly tenant: SimTenant;
  readonly clock: VirtualClock;
}

/**
 * The simulated tenant as the contract suite of connectors asks for it; every request and
 * every answer is held against the published contract, where that lies beside the repository.
 */
export function simWorld(workload: 'mail' | 'drive'): SimWorld {
  const clock = virtualClock();
  const tenant = simTenant({
    clock,
    people: [
      { alias: 'anna', messages: 7, files: 7 },
      { alias: 'ben', messages: 2, files: 2 },
      { alias: 'conrad', mailbox: 'none', drive: false },
      { alias: 'guest', mailbox: 'none', drive: false, isGuest: true },
    ],
  });
  const recorders = {
    backup: createRecorder(tenant.connection('backup').endpoint, permissionsOf('backup')),
    restore: createRecorder(tenant.connection('backup').endpoint, permissionsOf('restore')),
  };
  const answers = answerCheck();
  const wire = answers?.over(tenant.transport) ?? tenant.transport;
  const connector = createConnectors({
    read: connect(tenant, 'backup', clock, watched(wire, recorders.backup.observe)),
    write: connect(tenant, 'restore', clock, watched(wire, recorders.restore.observe)),
    now: () => clock.now(),
    log: quietLog,
  }).get(workload);
  if (connector === undefined) throw new Error(`There is no connector ${workload}`);
  const resource = resourceOf(tenant, workload, 'anna');
  return {
    tenant,
    clock,
    connector,
    resource,
    other: resourceOf(tenant, workload, 'ben'),
    ...(workload === 'mail' ? mailSource(tenant, resource.sourceId) : driveSource(tenant, resource.sourceId)),
    truth: async () =>
      new Map(
        [...tenant.history.contentsAt(resource.sourceId).values()].flatMap(({ sourceId, kind, original }) =>
          (kind === 'message' || kind === 'file') && original !== undefined ? [[sourceId, original] as const] : [],
        ),
      ),
    expireCursors: async () => tenant.expireCursors(),
    async loopPages() {
      let left = 3;
      const inbox = workload === 'mail' ? tenant.mail.folderOf(resource.sourceId, 'inbox') : undefined;
      tenant.trouble = ({ operation, item }) => {
        const isListing = inbox === undefined ? operation === 'drive.delta' : item === inbox;
        return isListing && operation.endsWith('.delta') && left-- > 0 ? { kind: 'sameNextLink' } : undefined;
      };
    },
    async throttle(seconds) {
      tenant.trouble = ({ operation }) => {
        if (!operation.endsWith('.delta')) return undefined;
        tenant.trouble = undefined;
        return { kind: 'status', status: 429, retryAfter: seconds };
      };
    },
    violations: async () => [
      ...recorders.backup.violations,
      ...recorders.restore.violations,
      ...tenant.violations,
      ...(answers?.faults ?? []),
      ...(answers?.checked === 0 ? ['no answer was checked'] : []),
      ...(tenant.sent.mails + tenant.sent.invitations === 0 ? [] : ['somebody was reached']),
    ],
    close: async () => undefined,
  };
}

type Source = Pick<ConnectorWorld, 'add' | 'edit' | 'move' | 'remove'>;

function mailSource({ mail }: SimTenant, mailbox: string): Source {
  let edits = 0;
  return {
    add: async () => mail.put(mailbox),
    edit: async (id) => mail.update(mailbox, id, { categories: [`Edited ${++edits}`] }),
    move: async (id) => mail.move(mailbox, id, 'archive'),
    remove: async (id) => mail.remove(mailbox, id, 'forGood'),
  };
}

function driveSource({ drive }: SimTenant, id: string): Source {
  let made = 0;
  const folder = drive.folder(id, 'Folder');
  return {
    add: async () => drive.put(id, { name: `Contract ${++made}.txt` }),
    edit: async (item) => drive.replaceContent(id, item, Buffer.from(`Edited ${++made}`)),
    move: async (item) => drive.move(id, item, folder),
    remove: async (item) => drive.remove(id, item),
  };
}
