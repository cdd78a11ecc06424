import type { Existing, RestoreSide, Written } from '../../../engine/connector.ts';
import { Fault, isFault } from '../../../engine/fault.ts';
import type { Entry } from '../../../engine/model/item.ts';
import { segment, sharepointScope, type Graph } from '../../../graph/index.ts';
import { restoreOptions } from '../../restoreOptions.ts';
import { driveMetaShape, type DriveItem, type DriveMeta } from '../shapes.ts';
import { legalName, restoredName } from './names.ts';
import { targetPlaces } from './places.ts';
import { uploadFile } from './uploadFile.ts';

const MOST_NAMES = 50;
const FILE_BYTES = 250 * 1024 * 1024 * 1024;

/** Giving files back. */
export function driveRestore(graph: Graph, now: () => number): RestoreSide {
  const places = targetPlaces(graph);
  return {
    grade(_target, entry) {
      if (entry.size > FILE_BYTES)
        return Promise.resolve({ fidelity: 'lost', reason: 'OneDrive takes files of at most 250 GB.' });
      if (!entry.streams.some(({ name }) => name === 'original'))
        return Promise.resolve({ fidelity: 'lost', reason: 'The backup holds no content of it.' });
      // Whether it lands at the root shows later; only the name `forms` depends on it.
      const name = legalName(entry.name, false);
      return Promise.resolve(
        name === entry.name ? { fidelity: 'exact' } : { fidelity: 'approximate', changes: [renamed(name)] },
      );
    },

    container: (target, path, context) => places.make(target.sourceId, path, context),
    findContainer: (target, path, context) => places.find(target.sourceId, path, context),

    async look(target, container, entry, context) {
      const live = await places.at(target.sourceId, container, legalName(entry.name, container.path === ''), context);
      return live === undefined ? [] : [existingOf(live, entry)];
    },

    async freeName(target, container, entry, context) {
      const wanted = legalName(entry.name, container.path === '');
      const day = new Date(now()).toISOString().slice(0, 10);
      for (let attempt = 0; attempt < MOST_NAMES; attempt++) {
        const name = attempt === 0 ? wanted : restoredName(wanted, day, attempt);
        if ((await places.at(target.sourceId, container, name, context)) === undefined) return name;
      }
      throw new Fault('conflict', `The folder holds ${MOST_NAMES} restored copies of this file already`, {
        origin: 'graph',
      });
    },

    async write(target, container, entry, order, context) {
      const meta = metaOf(order.meta);
      const name = order.name ?? legalName(entry.name, container.path === '');
      const item = await uploadFile(
        graph,
        { driveId: target.sourceId, container, name, size: originalSize(entry), meta },
        order,
        context,
      );
      return writtenOf(item, entry, meta, name);
    },

    async find(target, container, entry, order, context) {
      const name = order.name ?? legalName(entry.name, container.path === '');
      const meta = metaOf(order.meta);
      const live = await places.at(target.sourceId, container, name, context);
      if (live === undefined) return undefined;
      // Whatever the plan saw under this name is not ours: the same version as then, or one of them by count.
      if (order.existing !== undefined && live.eTag === order.existing.tag) return undefined;
      if (order.existing === undefined && order.name === undefined && order.lookAlikes > 0) return undefined;
      // The name was free when it was chosen. Office files differ from what was written; their dates are those we set.
      const ownDate = sameMoment(live.fileSystemInfo?.lastModifiedDateTime, meta.fileSystemInfo?.lastModifiedDateTime);
      return isContentOf(live, entry, meta) || ownDate ? writtenOf(live, entry, meta, name) : undefined;
    },

    retire: () =>
      Promise.reject(new Fault('invalid', 'A file replaces the live one when it is written', { origin: 'engine' })),

    async undo(target, written, context) {
      const path = `/drives/${segment(target.sourceId)}/items/${segment(written.sourceId)}`;
      try {
        await graph.remove(path, { ...restoreOptions(sharepointScope, context), ifMatch: written.tag });
        return 'removed';
      } catch (error) {
        if (isFault(error, 'conflict')) return 'changed';
        if (isFault(error, 'not-found')) return 'gone';
        throw error;
      }
    },
  };
}

const renamed = (name: string) => `Its name has characters that SharePoint refuses; it is called ${name}.`;

const metaOf = (meta: unknown): DriveMeta => driveMetaShape.safeParse(meta).data ?? {};

const originalSize = (entry: Entry): number =>
  entry.streams.find(({ name }) => name === 'original')?.size ?? entry.size;

function existingOf(live: DriveItem, entry: Entry): Existing {
  const modifiedAt = live.fileSystemInfo?.lastModifiedDateTime ?? live.lastModifiedDateTime;
  const isSameVersion = live.id === entry.sourceId && live.eTag === entry.versionTag;
  // The entry alone holds no hash; equal size and equal time of change stand for equal content.
  const isSameFile = live.size === originalSize(entry) && sameMoment(modifiedAt, entry.modifiedAt);
  return {
    sourceId: live.id,
    name: live.name ?? '',
    same: isSameVersion || isSameFile,
    tag: live.eTag ?? '',
    ...(modifiedAt === null || modifiedAt === undefined ? {} : { modifiedAt }),
  };
}

const sameMoment = (one: string | null | undefined, other: string | undefined): boolean =>
  one !== null && one !== undefined && other !== undefined && Math.abs(Date.parse(one) - Date.parse(other)) < 1000;

function isContentOf(live: DriveItem, entry: Entry, meta: DriveMeta): boolean {
  const hash = live.file?.hashes?.quickXorHash;
  if (meta.quickXorHash !== undefined && hash !== null && hash !== undefined) return hash === meta.quickXorHash;
  return live.size === originalSize(entry);
}

function writtenOf(item: DriveItem, entry: Entry, meta: DriveMeta, name: string): Written {
  const isOther = !isContentOf(item, entry, meta) || item.size !== originalSize(entry);
  const wanted = legalName(entry.name, false);
  const changes = [
    ...(isOther ? ['SharePoint changed the file while it took it in (it writes properties into Office files).'] : []),
    ...(wanted === entry.name || name !== wanted ? [] : [renamed(wanted)]),
  ];
  return {
    sourceId: item.id,
    tag: item.eTag ?? '',
    result: isOther ? 'changedByService' : 'restored',
    ...(changes.length === 0 ? {} : { changes }),
    ...(item.webUrl === null || item.webUrl === undefined ? {} : { webUrl: item.webUrl }),
  };
}
