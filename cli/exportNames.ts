import type { ItemId } from '../engine/model/ids.ts';
import type { Entry } from '../engine/model/item.ts';
import type { StoredStream } from '../engine/model/stream.ts';
import { safeName } from '../engine/restore/safeNames.ts';
import type { FoundPoint, FoundResource } from './survey.ts';

/**
 * Paths stay this short, in UTF-16 units from the target on, whatever the depth at the source: Windows shows no more
 * than 259 to most programs, and the target itself needs some.
 */
const LONGEST_FOLDER = 180;
const LONGEST_FILE = 240;
/** ` (99999)`. */
const ROOM_FOR_NUMBER = 8;
const DEEP = '_deep';

/** The folder of a resource at one moment; the same in every run. */
export function folderName({ id, facts }: FoundResource, { reader, id: pointId }: FoundPoint): string {
  const name = safeName(facts?.name ?? facts?.address ?? 'resource', 'resource', 40);
  const taken = reader.point.takenAt.slice(0, 19).replace('T', ' ').replaceAll(':', '.');
  return `${name} (${[facts?.workload, taken, id.slice(0, 8), pointId.slice(0, 4)].filter(Boolean).join(', ')})`;
}

/** Where everything of one restore point goes. Ask in the order of its pages: then every run gives the same answers. */
export interface ExportNames {
  readonly folders: ReadonlyMap<ItemId, string>;
  /** Path of an item from the target on, with `/`; no two differ only by case or Unicode form. */
  fileFor(entry: Entry, stream: StoredStream | undefined): string;
}

export function exportNames(base: string, containers: readonly Entry[]): ExportNames {
  const taken = new Map<string, Names>();
  const folders = new Map<ItemId, string>();
  const within = (folder: string): Names => {
    const names = taken.get(folder) ?? uniqueNames();
    taken.set(folder, names);
    return names;
  };
  within(base)(DEEP);

  const folderIn = (parent: string, id: ItemId, name: string): string => {
    const usual = `${parent}/${safeName(name, 'folder')}`;
    if (usual.length + ROOM_FOR_NUMBER <= LONGEST_FOLDER)
      return `${parent}/${within(parent)(safeName(name, 'folder'))}`;
    const deep = `${base}/${DEEP}`;
    return `${deep}/${within(deep)(safeName(`${id.slice(0, 8)} ${name}`, 'folder', 50))}`;
  };
  /** Of what hangs in the air, because its folder is lost, everything of one folder stays together. */
  const folderOf = (parent: ItemId | undefined): string => {
    if (parent === undefined) return base;
    const known = folders.get(parent);
    if (known !== undefined) return known;
    const made = `${base}/${within(base)(`_unknown folder ${parent.slice(0, 8)}`)}`;
    folders.set(parent, made);
    return made;
  };
  const ids = new Set(containers.map(({ id }) => id));
  const placed = new Set<ItemId>();
  for (const { id, parentId, name } of containers) {
    // A ring of folders has no outermost one: it hangs directly under the resource.
    const isInRing = parentId !== undefined && ids.has(parentId) && !placed.has(parentId);
    folders.set(id, folderIn(isInRing ? base : folderOf(parentId), id, name));
    placed.add(id);
  }

  return {
    folders,
    fileFor(entry, stream) {
      const folder = folderOf(entry.parentId);
      const bytes = Math.min(120, LONGEST_FILE - folder.length - 1 - ROOM_FOR_NUMBER);
      return `${folder}/${within(folder)(safeName(withExtension(entry, stream), 'item', bytes))}`;
    },
  };
}

/** Mail as `.eml`, files as they were named, everything else is JSON. */
function withExtension({ name, kind }: Entry, stream: StoredStream | undefined): string {
  const isOriginal = stream?.name === 'original';
  if (isOriginal && kind === 'file') return name;
  const extension = isOriginal && kind === 'message' ? '.eml' : '.json';
  const stem = name.toLowerCase().endsWith(extension) ? name.slice(0, -extension.length) : name;
  // Made safe alone: of a message without a subject nothing but the extension would be left, and taken for the name.
  return `${safeName(stem, kind === 'message' ? 'no subject' : 'item')}${extension}`;
}

type Names = (name: string) => string;

/** Numbers names that some file system takes for one: by case, by Unicode form, by both. */
function uniqueNames(): Names {
  const taken = new Map<string, number>();
  return (name) => {
    const key = folded(name);
    const times = taken.get(key);
    if (times === undefined) {
      taken.set(key, 1);
      return name;
    }
    const dot = name.lastIndexOf('.');
    const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
    for (let number = times + 1; ; number++) {
      const candidate = `${stem} (${number})${extension}`;
      if (taken.has(folded(candidate))) continue;
      taken.set(folded(candidate), 1);
      taken.set(key, number);
      return candidate;
    }
  };
}

const folded = (name: string): string => name.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
