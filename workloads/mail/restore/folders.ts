import { z } from 'zod';
import type { ContainerStep, RestoreContext, TargetContainer } from '../../../engine/connector.ts';
import { isFault } from '../../../engine/fault.ts';
import { mailboxScope, segment, type Graph } from '../../../graph/index.ts';
import { restoreOptions } from '../../restoreOptions.ts';
import { listFolders } from '../folders.ts';
import { folderShape, type Folder } from '../shapes.ts';

const idShape = z.object({ id: z.string(), displayName: z.string().nullish() });

/** Folders of a mailbox as a restore finds or makes them. */
export interface TargetFolders {
  /** Where `path` exists; undefined when a step of it does not. */
  find(userId: string, path: readonly ContainerStep[], context: RestoreContext): Promise<TargetContainer | undefined>;
  /** The same, made where missing. May be repeated. */
  make(userId: string, path: readonly ContainerStep[], context: RestoreContext): Promise<TargetContainer>;
}

export function targetFolders(graph: Graph): TargetFolders {
  const byRole = async (userId: string, role: string, context: RestoreContext): Promise<Folder | undefined> => {
    try {
      return await graph.get(idShape, `/users/${segment(userId)}/mailFolders/${segment(role)}`, {
        ...restoreOptions(mailboxScope(userId), context),
        query: { $select: 'id,displayName' },
      });
    } catch (error) {
      // This mailbox has no folder of that role.
      if (isFault(error, 'not-found', 'invalid')) return undefined;
      throw error;
    }
  };

  const byName = async (
    userId: string,
    parentId: string | undefined,
    name: string,
    context: RestoreContext,
  ): Promise<Folder | undefined> => {
    const path = childrenPath(userId, parentId);
    for await (const folder of listFolders(graph, path, userId, { priority: 'restore', signal: context.signal }))
      if (sameName(folder.displayName ?? '', name)) return folder;
    return undefined;
  };

  const existing = async (userId: string, parentId: string | undefined, step: ContainerStep, context: RestoreContext) =>
    (step.role === undefined ? undefined : await byRole(userId, step.role, context)) ??
    byName(userId, parentId, step.name, context);

  const make = async (
    userId: string,
    parentId: string | undefined,
    step: ContainerStep,
    context: RestoreContext,
  ): Promise<Folder> => {
    const found = await existing(userId, parentId, step, context);
    if (found !== undefined) return found;
    try {
      return await graph.post(
        folderShape,
        childrenPath(userId, parentId),
        { displayName: step.name },
        // A second folder of that name is never made: whose answer was lost may be sent again.
        { ...restoreOptions(mailboxScope(userId), context), repeatable: true },
      );
    } catch (error) {
      // Somebody, or an earlier attempt whose answer was lost, was faster.
      if (!isFault(error, 'conflict', 'unavailable')) throw error;
      const made = await byName(userId, parentId, step.name, context);
      if (made === undefined) throw error;
      return made;
    }
  };

  const walk = async (
    path: readonly ContainerStep[],
    next: (parentId: string | undefined, step: ContainerStep) => Promise<Folder | undefined>,
  ): Promise<TargetContainer | undefined> => {
    let parentId: string | undefined;
    const names: string[] = [];
    for (const step of path) {
      const folder = await next(parentId, step);
      if (folder === undefined) return undefined;
      parentId = folder.id;
      names.push(folder.displayName ?? step.name);
    }
    return { sourceId: parentId ?? 'msgfolderroot', path: names.join('/') };
  };

  return {
    find: (userId, path, context) => walk(path, (parentId, step) => existing(userId, parentId, step, context)),
    async make(userId, path, context) {
      const made = await walk(path, (parentId, step) => make(userId, parentId, step, context));
      if (made === undefined) throw new TypeError('A folder that was made is missing');
      return made;
    },
  };
}

const childrenPath = (userId: string, parentId: string | undefined): string =>
  parentId === undefined
    ? `/users/${segment(userId)}/mailFolders`
    : `/users/${segment(userId)}/mailFolders/${segment(parentId)}/childFolders`;

/** Exchange compares folder names without case. */
const sameName = (one: string, other: string): boolean =>
  one.localeCompare(other, undefined, { sensitivity: 'accent' }) === 0;
