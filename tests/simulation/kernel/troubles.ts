import type { Operation, TenantCall } from '../tenant/calls.ts';
import type { SimTenant } from '../tenant/simTenant.ts';
import { fits, type Trouble } from '../tenant/trouble.ts';

/** Something that Microsoft 365 may do to one request, beside what any service may do. */
interface Befalling {
  readonly trouble: Trouble | ((call: TenantCall) => readonly Trouble[]);
  /** Default: every operation that can meet a trouble of this kind. */
  readonly where?: (operation: Operation) => boolean;
  /**
   * It is not true, and nobody can tell: restore points lack what was hidden until a full compare finds it. The rest passes
   * or is told as what it is.
   */
  readonly isLie?: true;
  /** There is no undisturbed end to come to afterwards: the source itself is the measure. */
  readonly endsOtherwise?: true;
}

const status = (status: number, code?: string): Trouble =>
  code === undefined ? { kind: 'status', status } : { kind: 'status', status, code };
const resync = (code: Extract<Trouble, { kind: 'resync' }>['code']): Befalling => ({
  trouble: { kind: 'resync', code },
});

const isContent = (operation: Operation): boolean => operation.startsWith('content.');
const isOfItem = (operation: Operation): boolean =>
  /^(messages\.(get|value)|driveItem\.(get|content|permissions)|mailFolders\.get)$/.test(operation);
const isOfPlace = (operation: Operation): boolean =>
  /^(mailFolders\.(delta|list)|messages\.delta|drive\.(get|delta)|mailboxSettings\.get|exchange\.settings)$/.test(
    operation,
  );
const isCreation = (operation: Operation): boolean =>
  /^(driveItem|mailFolders)\.(create|putContent|createUploadSession)$/.test(operation);
const isExport = (operation: Operation): boolean => /^exchange\.(settings|exportItems)$/.test(operation);
const isGraph = (operation: Operation): boolean => !isContent(operation);
/** What a backup reads of one mailbox or drive. */
const isReading = (operation: Operation): boolean =>
  isOfItem(operation) ||
  isOfPlace(operation) ||
  operation === 'content.download' ||
  operation === 'exchange.exportItems';

/** Somebody works at the source between this request of the backup and the next one. */
const meanwhile = (deed: (tenant: SimTenant, place: string, item: string) => void): Befalling => ({
  trouble: ({ resource, item }) => [
    // A moment later than what was done before: windows are told apart by the clock.
    { kind: 'delay', ms: 1 },
    {
      kind: 'meanwhile',
      act(tenant) {
        const held = resource === undefined ? undefined : tenant.history.contentsAt(resource);
        const items = [...(held?.values() ?? [])].filter(({ kind }) => kind === 'message' || kind === 'file');
        const chosen = items.find(({ sourceId }) => sourceId === item) ?? items[0];
        if (chosen !== undefined) deed(tenant, chosen.resource, chosen.sourceId);
      },
    },
  ],
  where: isReading,
  endsOtherwise: true,
});
const isDrive = (place: string, { history }: SimTenant): boolean =>
  [...history.contentsAt(place).values()].some(({ kind }) => kind === 'file' || kind === 'folder');

const befallings = {
  'silence-before': { trouble: { kind: 'silence', effect: false } },
  'silence-after': { trouble: { kind: 'silence', effect: true } },
  'broken-body': { trouble: { kind: 'truncated', at: 0.5, broken: true } },
  'short-body': { trouble: { kind: 'truncated', at: 0.5, broken: false } },
  'web-page': { trouble: { kind: 'html' } },
  'wrong-bytes': { trouble: { kind: 'wrongBytes' } },
  'page-twice': { trouble: { kind: 'repeatPage' } },
  'same-next-link': { trouble: { kind: 'sameNextLink' } },
  'empty-page': { trouble: { kind: 'emptyPage' } },
  withheld: { trouble: { kind: 'withhold' }, isLie: true },
  'never-told': { trouble: { kind: 'withhold', forGood: true }, isLie: true },
  'item-twice': { trouble: { kind: 'twice' } },
  replay: { trouble: { kind: 'replay', changes: 10 } },
  'resync-apply': resync('resyncChangesApplyDifferences'),
  'resync-upload': resync('resyncChangesUploadDifferences'),
  'resync-required': resync('resyncRequired'),
  'sync-state-gone': resync('SyncStateNotFound'),
  'sync-state-invalid': resync('SyncStateInvalid'),
  'wrong-size': { trouble: { kind: 'lie', size: 3 } },
  'wrong-hash': { trouble: { kind: 'lie', hash: 'wrong' } },
  'no-hash': { trouble: { kind: 'lie', hash: 'missing' } },
  'link-expired': { trouble: { kind: 'linkExpired' } },
  'redirect-own': { trouble: { kind: 'redirect', to: 'own' } },
  'redirect-foreign': { trouble: { kind: 'redirect', to: 'foreign' } },
  'not-yet': { trouble: { kind: 'notYet' } },
  'part-of-range': { trouble: { kind: 'partOfRange', share: 0.5 } },
  'session-gone': { trouble: { kind: 'sessionGone' } },
  'part-unanswered': { trouble: { kind: 'missing', effect: false } },
  'part-unanswered-done': { trouble: { kind: 'missing', effect: true } },
  unauthorized: { trouble: status(401), where: isGraph },
  forbidden: { trouble: status(403), where: (operation) => isGraph(operation) && !isExport(operation) },
  // What was kept without its exact copy says so, and stays as it is.
  'exports-forbidden': { trouble: status(403), where: isExport, endsOtherwise: true },
  'item-not-there': { trouble: status(404, 'ErrorItemNotFound'), where: isOfItem, isLie: true },
  'place-not-there': { trouble: status(404, 'MailboxNotEnabledForRESTAPI'), where: isOfPlace, isLie: true },
  locked: { trouble: status(423), where: isGraph },
  'no-room': { trouble: status(507), where: isCreation },
  'name-taken': { trouble: status(409), where: isCreation },
  'changes-meanwhile': meanwhile((tenant, place, item) => {
    if (isDrive(place, tenant)) tenant.drive.replaceContent(place, item, Buffer.from('changed meanwhile'));
    else tenant.mail.update(place, item, { subject: 'Changed meanwhile' });
  }),
  'goes-meanwhile': meanwhile((tenant, place, item) => {
    if (isDrive(place, tenant)) tenant.drive.remove(place, item);
    else tenant.mail.remove(place, item, 'forGood');
  }),
  'moves-meanwhile': meanwhile((tenant, place, item) => {
    if (isDrive(place, tenant)) tenant.drive.move(place, item, tenant.drive.folder(place, 'Meanwhile'));
    else tenant.mail.move(place, item, 'archive');
  }),
  'comes-meanwhile': meanwhile((tenant, place) => {
    if (isDrive(place, tenant)) tenant.drive.put(place, { name: 'meanwhile.txt' });
    else tenant.mail.put(place, { subject: 'Came meanwhile' });
  }),
} as const satisfies Record<string, Befalling>;

export type TroubleName = keyof typeof befallings;

const known: Readonly<Record<TroubleName, Befalling>> = befallings;

/** What a request met beside the faults of any service, by names as plans have them. */
export const troubleNames = Object.keys(befallings) as readonly TroubleName[];

/** May be told of any fault. */
export const isTrouble = (name: string): name is TroubleName => name in befallings;

/** After it there is no undisturbed end to come to: the source itself is the measure. */
export const endsOtherwise = (name: string): boolean =>
  isTrouble(name) && (known[name].endsOtherwise === true || known[name].isLie === true);

/** What was told is not so, and only a full compare brings the truth. */
export const isLie = (name: string): boolean => isTrouble(name) && known[name].isLie === true;

/** What a request is: of a batch, its parts too. */
export interface Asked {
  readonly operation: Operation;
  readonly parts: readonly Operation[];
}

const kindOf = ({ trouble }: Befalling): Trouble['kind'] =>
  typeof trouble === 'function' ? 'meanwhile' : trouble.kind;

function canMeet(name: TroubleName, operation: Operation, isPart: boolean): boolean {
  const befalling = known[name];
  return fits(kindOf(befalling), operation, isPart) && (befalling.where?.(operation) ?? true);
}

/** The troubles that a request can meet at all. */
export const troublesOf = ({ operation, parts }: Asked): readonly TroubleName[] =>
  troubleNames.filter((name) => canMeet(name, operation, false) || parts.some((part) => canMeet(name, part, true)));

/** What of that name befalls this request: nothing where it cannot. */
export function troublesFor(name: TroubleName, call: TenantCall): readonly Trouble[] {
  const { trouble } = known[name];
  const isPart = call.batch !== undefined;
  // Of what happens in a part of a batch the batch itself meets the time that passes.
  if (typeof trouble === 'function' && call.operation === 'batch')
    return trouble(call).filter(({ kind }) => kind === 'delay');
  if (!canMeet(name, call.operation, isPart)) return [];
  return typeof trouble === 'function'
    ? trouble(call).filter(({ kind }) => fits(kind, call.operation, isPart))
    : [trouble];
}
