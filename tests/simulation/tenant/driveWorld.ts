import { contentOf, type Content } from './content.ts';
import { GraphError, itemNotFound, nameTaken } from './graphError.ts';
import { driveIdOf, eTagOf, itemIdOf } from './ids.ts';
import type { Conflict, DriveRow, FileTimes, Item, Person } from './rows.ts';
import type { World } from './world.ts';

export function openDrive(world: World, person: Person): void {
  const id = driveIdOf(person.alias);
  const rootId = itemIdOf(person.alias, 0);
  const drive: DriveRow = {
    id,
    owner: person.id,
    alias: person.alias,
    rootId,
    state: 'there',
    room: undefined,
    tellsHashes: true,
    made: 0,
    items: new Map(),
  };
  world.drives.set(id, drive);
  world.history.addResource(id);
  const [now, seq] = [world.nowText(), world.nextSeq()];
  drive.items.set(rootId, {
    n: 0,
    id: rootId,
    parent: undefined,
    name: 'root',
    content: undefined,
    created: now,
    modified: now,
    fsCreated: now,
    fsModified: now,
    etagSeq: seq,
    ctagSeq: seq,
    deltaSeq: seq,
    deleted: false,
    fault: undefined,
    isShared: false,
    former: undefined,
  });
}

/** A drive that may be read, or the documented refusals. */
export function driveOf(world: World, id: string): DriveRow {
  const drive = world.drives.get(id);
  if (drive === undefined || drive.state === 'gone') throw itemNotFound();
  if (drive.state === 'locked')
    throw new GraphError(423, 'resourceLocked', 'The resource you are attempting to access is locked.');
  return drive;
}

export function driveOfPerson(world: World, key: string): DriveRow {
  const person = world.people.get(key.toLowerCase());
  if (person === undefined) throw new GraphError(404, 'Request_ResourceNotFound', `Resource '${key}' does not exist.`);
  const drive = world.drives.get(driveIdOf(person.alias));
  if (drive === undefined || drive.state === 'gone')
    throw new GraphError(404, 'ResourceNotFound', "User's mysite not found.");
  return driveOf(world, drive.id);
}

/** `root` names the root. */
export function itemOf(drive: DriveRow, id: string): Item {
  const item = drive.items.get(id.toLowerCase() === 'root' ? drive.rootId : id);
  if (item === undefined || item.deleted !== false) throw itemNotFound();
  return item;
}

export const childrenOf = (drive: DriveRow, parent: string): Item[] =>
  [...drive.items.values()].filter((item) => item.parent === parent && item.deleted === false);

/** SharePoint compares names without case. */
const nameKey = (name: string): string => name.normalize('NFC').toLowerCase();

export function childOf(drive: DriveRow, parent: string, name: string): Item | undefined {
  const key = nameKey(name);
  for (const item of drive.items.values())
    if (item.parent === parent && item.deleted === false && nameKey(item.name) === key) return item;
  return undefined;
}

/** What lies at a path below the root; refused when a folder before the last name is missing. */
export function itemAtPath(drive: DriveRow, path: readonly string[]): Item | undefined {
  let item: Item | undefined = itemOf(drive, 'root');
  for (const name of path) {
    if (item === undefined || item.content !== undefined) throw itemNotFound();
    item = childOf(drive, item.id, name);
  }
  return item;
}

const RESERVED = /^(\.lock|CON|PRN|AUX|NUL|COM\d|LPT\d|desktop\.ini)$/i;

function refuseName(drive: DriveRow, parent: Item, name: string): void {
  const isRefused =
    name.trim() !== name ||
    name === '' ||
    /["*:<>?/\\|\p{Cc}]/u.test(name) ||
    name.endsWith('.') ||
    RESERVED.test(name) ||
    name.startsWith('~$') ||
    name.includes('_vti_') ||
    name.length > 255 ||
    (parent.id === drive.rootId && name.toLowerCase() === 'forms');
  if (isRefused) throw new GraphError(400, 'invalidRequest', 'The provided name is not one that SharePoint takes.');
}

interface NewItem {
  readonly parent: Item;
  readonly name: string;
  readonly content: Content | undefined;
  readonly times?: FileTimes;
  readonly fault?: Item['fault'];
}

export function insertItem(world: World, drive: DriveRow, { parent, name, content, times, fault }: NewItem): Item {
  refuseName(drive, parent, name);
  if (childOf(drive, parent.id, name) !== undefined) throw nameTaken();
  takeRoom(drive, content?.size ?? 0);
  drive.made += 1;
  const [n, now, seq] = [drive.made, world.nowText(), world.nextSeq()];
  const item = putItem(world, drive, {
    n,
    id: itemIdOf(drive.alias, n),
    parent: parent.id,
    name,
    content,
    created: now,
    modified: now,
    fsCreated: times?.createdDateTime ?? now,
    fsModified: times?.lastModifiedDateTime ?? now,
    etagSeq: seq,
    ctagSeq: seq,
    deltaSeq: seq,
    deleted: false,
    fault,
    isShared: false,
    former: undefined,
  });
  touchAbove(world, drive, item);
  return item;
}

function takeRoom(drive: DriveRow, bytes: number): void {
  if (drive.room === undefined) return;
  if (bytes > drive.room) throw new GraphError(507, 'quotaLimitReached', 'The quota of the drive is used up.');
  drive.room -= bytes;
}

function putItem(world: World, drive: DriveRow, item: Item): Item {
  drive.items.set(item.id, item);
  const { content, parent } = item;
  const fact = {
    kind: content === undefined ? ('folder' as const) : ('file' as const),
    parent: parent === drive.rootId ? undefined : parent,
    name: item.name,
    versionTag: content === undefined ? undefined : eTagOf(item.id, item.etagSeq),
    role: undefined,
    size: content?.size ?? 0,
    readable: item.fault === undefined,
    original: () => content?.sha256,
    exact: () => undefined,
  };
  world.history.write(drive.id, item.id, item.deleted === false ? fact : undefined, world.now());
  return item;
}

/** Folders above a change come in the feed again. */
function touchAbove(world: World, drive: DriveRow, item: Item): void {
  for (
    let above = drive.items.get(item.parent ?? '');
    above !== undefined;
    above = drive.items.get(above.parent ?? '')
  ) {
    const seq = world.nextSeq();
    drive.items.set(above.id, { ...above, ctagSeq: seq, deltaSeq: seq });
  }
}

/** Changes properties of an item; `etag` false: nothing that gives it another version. */
export function changeItem(
  world: World,
  drive: DriveRow,
  item: Item,
  to: Partial<Pick<Item, 'name' | 'parent' | 'fsCreated' | 'fsModified' | 'isShared' | 'fault'>>,
): Item {
  const parent = itemOf(drive, to.parent ?? item.parent ?? '');
  const name = to.name ?? item.name;
  if (name !== item.name || parent.id !== item.parent) {
    refuseName(drive, parent, name);
    const taken = childOf(drive, parent.id, name);
    if (taken !== undefined && taken.id !== item.id) throw nameTaken();
  }
  const seq = world.nextSeq();
  const changed = putItem(world, drive, { ...item, ...to, etagSeq: seq, deltaSeq: seq, former: item });
  touchAbove(world, drive, item);
  if (changed.parent !== item.parent) touchAbove(world, drive, changed);
  return changed;
}

export function replaceContent(
  world: World,
  drive: DriveRow,
  item: Item,
  content: Content,
  times: FileTimes = {},
): Item {
  takeRoom(drive, content.size);
  const [now, seq] = [world.nowText(), world.nextSeq()];
  const changed = putItem(world, drive, {
    ...item,
    content,
    modified: now,
    fsCreated: times.createdDateTime ?? item.fsCreated,
    fsModified: times.lastModifiedDateTime ?? now,
    etagSeq: seq,
    ctagSeq: seq,
    deltaSeq: seq,
    former: item,
  });
  touchAbove(world, drive, changed);
  return changed;
}

/** What is below a folder goes with it, without lines of its own in the feed. */
export function deleteItem(world: World, drive: DriveRow, item: Item): void {
  const hide = (id: string): void => {
    for (const child of childrenOf(drive, id)) {
      hide(child.id);
      putItem(world, drive, { ...child, deleted: 'below' });
    }
  };
  const seq = world.nextSeq();
  hide(item.id);
  putItem(world, drive, { ...item, deleted: 'itself', deltaSeq: seq });
  touchAbove(world, drive, item);
}

/** Puts content under a name by the rule for names that are taken. */
export function placeFile(
  world: World,
  drive: DriveRow,
  target: { readonly parent: Item; readonly name: string; readonly conflict: Conflict; readonly times: FileTimes },
  bytes: Uint8Array,
): { readonly item: Item; readonly isNew: boolean } {
  const { parent, name, conflict, times } = target;
  const content = contentOf(bytes);
  const existing = childOf(drive, parent.id, name);
  if (existing === undefined) return { item: insertItem(world, drive, { parent, name, content, times }), isNew: true };
  if (conflict === 'replace' && existing.content !== undefined)
    return { item: replaceContent(world, drive, existing, content, times), isNew: false };
  if (conflict !== 'rename') throw nameTaken();
  return {
    item: insertItem(world, drive, { parent, name: freeName(drive, parent, name), content, times }),
    isNew: true,
  };
}

function freeName(drive: DriveRow, parent: Item, wanted: string): string {
  const dot = wanted.lastIndexOf('.');
  const [stem, extension] = dot > 0 ? [wanted.slice(0, dot), wanted.slice(dot)] : [wanted, ''];
  let name = wanted;
  for (let number = 1; childOf(drive, parent.id, name) !== undefined; number++) name = `${stem} ${number}${extension}`;
  return name;
}
