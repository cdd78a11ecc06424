import type { ConnectorWorld } from '../../engine/testing/connectorContract.ts';
import type { Instant, ResourceId, UserId } from '../../engine/model/ids.ts';
import type { ProtectedResource } from '../../engine/model/resource.ts';
import { createConnectors } from '../index.ts';
import { controlOf, type Control } from './control.ts';
import { realClock, startTestTenant, type TestTenant } from './demoTenant.ts';

interface User {
  readonly id: string;
  readonly upn: string;
  readonly driveId: string | null;
}

export interface World extends ConnectorWorld {
  readonly test: TestTenant;
  readonly control: Control;
  readonly users: ReadonlyMap<string, User>;
}

/** What the demo tenant holds for one workload, as the contract suite asks for it. */
export async function demoWorld(
  workload: 'mail' | 'drive',
  owner = 'anna.lindqvist',
  other = 'ben.okafor',
): Promise<World> {
  const test = await startTestTenant();
  const control = controlOf(test.tenant.controlUrl);
  const { value } = await control.get<{ value: User[] }>('users');
  const users = new Map(value.map((user) => [user.upn.split('@')[0] ?? '', user]));
  const connector = createConnectors({
    read: test.read,
    write: test.write,
    now: () => realClock.now(),
    log: test.log,
  }).get(workload);
  if (connector === undefined) throw new Error(`There is no connector ${workload}`);
  const parts = workload === 'mail' ? mailSource(control, owner) : driveSource(control, owner);
  return {
    test,
    control,
    users,
    connector,
    resource: resourceOf(workload, users, owner),
    other: resourceOf(workload, users, other),
    ...parts,
    throttle: (seconds) => control.post('throttle', { count: 1, retryAfter: String(seconds), match: '/delta' }),
    async violations() {
      const violations = await control.get<{ value: unknown[] }>('violations');
      const outgoing = await control.get<{ mails: number; invitations: number; sharingNotices: number }>('outgoing');
      const reached = outgoing.mails + outgoing.invitations + outgoing.sharingNotices;
      return [
        ...violations.value.map((one) => JSON.stringify(one)),
        ...(reached === 0 ? [] : [`${reached} messages reached somebody`]),
      ];
    },
    close: () => test.stop(),
  };
}

export function resourceOf(workload: string, users: ReadonlyMap<string, User>, alias: string): ProtectedResource {
  const user = users.get(alias);
  if (user === undefined) throw new Error(`There is no ${alias}`);
  return {
    id: '0'.repeat(32) as ResourceId,
    workload,
    kind: workload === 'mail' ? 'user' : 'onedrive',
    sourceId: workload === 'mail' ? user.id : (user.driveId ?? ''),
    name: alias,
    ownerId: user.id as UserId,
    state: 'protected',
    firstSeenAt: '2026-01-01T00:00:00.000Z' as Instant,
  };
}

type Source = Pick<ConnectorWorld, 'truth' | 'add' | 'edit' | 'move' | 'remove' | 'expireCursors' | 'loopPages'>;

let made = 0;

function mailSource(control: Control, user: string): Source {
  const change = (id: string, action: string, more: object = {}) =>
    control.post<void>('messages/change', { user, id, action, ...more });
  return {
    async truth() {
      const { value } = await control.get<{ value: { immutableId: string; sha256: string; folder: string }[] }>(
        `messages?user=${user}`,
      );
      return new Map(
        value
          .filter(({ folder }) => !/recoverable|deletions/i.test(folder))
          .map(({ immutableId, sha256 }) => [immutableId, sha256]),
      );
    },
    async add() {
      const number = ++made;
      const mime = `From: Olu <olu@partner.example>\r\nTo: ${user}@demo.holdfast.example\r\nSubject: Contract ${number}\r\nMessage-ID: <contract.${number}@partner.example>\r\nDate: Fri, 20 Nov 2026 10:00:00 +0000\r\n\r\nBody ${number}\r\n`;
      const { immutableId } = await control.post<{ immutableId: string }>('messages', {
        user,
        mime: Buffer.from(mime).toString('base64'),
        received: '2026-11-20T10:00:01Z',
      });
      return immutableId;
    },
    edit: (id) => change(id, 'edit', { props: { categories: [`Edited ${++made}`] } }),
    move: (id) => change(id, 'move', { folder: 'archive' }),
    remove: (id) => change(id, 'remove'),
    expireCursors: () => control.post('expire', { what: 'outlook' }),
    async loopPages() {
      const { value } = await control.get<{ value: { id: string; wellKnown?: string }[] }>(`folders?user=${user}`);
      const inbox = encodeURIComponent(value.find(({ wellKnown }) => wellKnown === 'inbox')?.id ?? '');
      await control.post('faults', { match: `${inbox}/messages/delta`, times: 3, action: { kind: 'loop' } });
    },
  };
}

function driveSource(control: Control, user: string): Source {
  const change = (id: string, action: string, more: object = {}) =>
    control.post<void>('files/change', { user, id, action, ...more });
  return {
    async truth() {
      const { value } = await control.get<{ value: { id: string; sha256?: string; folder: boolean }[] }>(
        `files?user=${user}`,
      );
      return new Map(value.filter(({ folder }) => !folder).map(({ id, sha256 }) => [id, sha256 ?? '']));
    },
    async add() {
      const number = ++made;
      const content = Buffer.from(`Contract file ${number}`).toString('base64');
      return (await control.post<{ id: string }>('files', { user, path: `/Contract ${number}.txt`, content })).id;
    },
    edit: (id) => change(id, 'edit', { content: Buffer.from(`Edited ${++made}`).toString('base64') }),
    async move(id) {
      const { value } = await control.get<{ value: { id: string; path: string; folder: boolean }[] }>(
        `files?user=${user}`,
      );
      const folder = value.find((one) => one.folder && one.path !== '');
      if (folder === undefined) throw new Error('The drive has no folder to move to');
      await change(id, 'move', { target: folder.path });
    },
    remove: (id) => change(id, 'delete'),
    expireCursors: () => control.post('expire', { what: 'drive', code: 'resyncChangesApplyDifferences' }),
    loopPages: () => control.post('faults', { match: '/root/delta', times: 3, action: { kind: 'loop' } }),
  };
}
