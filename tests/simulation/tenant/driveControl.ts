import { contentOf } from './content.ts';
import type { Drive } from './controls.ts';
import { changeItem, deleteItem, insertItem, itemOf, replaceContent } from './driveWorld.ts';
import type { DriveRow } from './rows.ts';
import type { World } from './world.ts';

export function driveControl(world: World): Drive {
  const open = (id: string): DriveRow => {
    const drive = world.drives.get(id);
    if (drive === undefined) throw new Error(`There is no drive ${id}`);
    return drive;
  };
  return {
    put(id, { name, content, parent, modifiedAt, malware }) {
      const drive = open(id);
      const bytes = content ?? `Content ${world.nextNumber()} of ${name}`;
      return insertItem(world, drive, {
        parent: itemOf(drive, parent ?? 'root'),
        name,
        content: contentOf(bytes),
        times: modifiedAt === undefined ? {} : { lastModifiedDateTime: modifiedAt },
        fault: malware === true ? 'malware' : undefined,
      }).id;
    },
    folder(id, name, parent = 'root') {
      const drive = open(id);
      return insertItem(world, drive, { parent: itemOf(drive, parent), name, content: undefined }).id;
    },
    rename: (id, item, name) => void changeItem(world, open(id), itemOf(open(id), item), { name }),
    move: (id, item, parent) =>
      void changeItem(world, open(id), itemOf(open(id), item), { parent: itemOf(open(id), parent).id }),
    remove: (id, item) => deleteItem(world, open(id), itemOf(open(id), item)),
    replaceContent: (id, item, content) =>
      void replaceContent(world, open(id), itemOf(open(id), item), contentOf(content)),
    share: (id, item) => void changeItem(world, open(id), itemOf(open(id), item), { isShared: true }),
    setFault: (id, item, fault) =>
      void changeItem(world, open(id), itemOf(open(id), item), { fault: fault ?? undefined }),
    hideHashes(id) {
      world.nextSeq();
      open(id).tellsHashes = false;
    },
    rootOf: (id) => open(id).rootId,
  };
}
