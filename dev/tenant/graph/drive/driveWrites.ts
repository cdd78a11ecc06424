import { GraphError, jsonBody, parameter, type Call, type Handlers, type Reply } from '../call.ts';
import { contextOf } from '../paging.ts';
import type { Recorder } from '../recorder.ts';
import type { TenantState } from '../tenantState.ts';
import { openSession, uploadHandler } from '../uploads.ts';
import { sendJson } from '../../http/listen.ts';
import { refuse, type LinkHandler } from '../../content/contentServer.ts';
import { versionOf } from './driveReads.ts';
import { eTagOf, itemEntity } from './itemEntity.ts';
import {
  childOf,
  deleteItem,
  driveOf,
  insertItem,
  itemAtPath,
  itemNotFound,
  itemOf,
  relocate,
  replaceContent,
  rootOf,
  touchAncestors,
  type DriveRow,
  type ItemRow,
} from './items.ts';
import { nameKey, requireLegalName } from './names.ts';
import { pathOf } from './items.ts';

const MEGABYTE = 1024 * 1024;
const SMALL_PUT_LIMIT = 250 * MEGABYTE;
const FILE_LIMIT = 250 * 1024 * MEGABYTE;

type Conflict = 'fail' | 'replace' | 'rename';

/** Where new content goes: an existing file, or a name in a folder. */
interface Target {
  readonly parent: ItemRow;
  readonly name: string;
  readonly existing: ItemRow | undefined;
}

interface FileTimes {
  readonly createdDateTime?: string;
  readonly lastModifiedDateTime?: string;
}

/** Creating, uploading, renaming, moving, deleting and restoring items. */
export function driveWriteHandlers(state: TenantState): Handlers {
  const byId = (call: Call): [DriveRow, ItemRow] => {
    const drive = driveOf(state, parameter(call, 0));
    return [drive, itemOf(state, drive.id, parameter(call, 1))];
  };
  const idTarget = (call: Call): [DriveRow, Target] => {
    const [drive, item] = byId(call);
    return [drive, { parent: itemOf(state, drive.id, item.parent_id ?? item.id), name: item.name, existing: item }];
  };
  const pathTarget = (call: Call): [DriveRow, Target] => {
    const drive = driveOf(state, parameter(call, 0));
    const { parent, name, item } = itemAtPath(state, drive.id, parameter(call, 1));
    return [drive, { parent, name, existing: item }];
  };
  const childTarget = (call: Call): [DriveRow, Target] => {
    const [drive, parent] = byId(call);
    return [
      drive,
      { parent, name: parameter(call, 2), existing: childOf(state, drive.id, parent.id, parameter(call, 2)) },
    ];
  };
  const reply = async (call: Call, drive: DriveRow, item: ItemRow, status: number): Promise<Reply> => ({
    status,
    headers: { ETag: eTagOf(item) },
    json: {
      '@odata.context': contextOf(call, `drives('${drive.id}')/items/$entity`),
      ...(await itemEntity(state, drive, item, 'single')),
    },
  });

  const put = async (call: Call, drive: DriveRow, target: Target): Promise<Reply> => {
    const conflict = conflictOf(call.query.get('@microsoft.graph.conflictBehavior'), 'replace');
    if (Number(call.headers['content-length'] ?? 0) > SMALL_PUT_LIMIT)
      throw new GraphError(413, 'invalidRequest', 'Content of more than 250 MB needs an upload session.');
    requireLegalName(target.name, target.parent.parent_id === null, pathOf(state, target.parent));
    checkConditions(call, target.existing);
    const ref = await state.content.keepStream(call.body.stream());
    const { item, created } = state.database.transaction(() =>
      place(state, drive, target, conflict, ref, state.content.size(ref), {}),
    );
    return reply(call, drive, item, created ? 201 : 200);
  };

  const createSession = async (call: Call, drive: DriveRow, target: Target): Promise<Reply> => {
    const item = ((await jsonBody(call))['item'] ?? {}) as Record<string, unknown>;
    const conflict = conflictOf(item['@microsoft.graph.conflictBehavior'], 'fail');
    const name = typeof item['name'] === 'string' ? item['name'] : target.name;
    requireLegalName(name, target.parent.parent_id === null, pathOf(state, target.parent));
    checkConditions(call, target.existing);
    const existing =
      childOf(state, drive.id, target.parent.id, name) ?? (name === target.name ? target.existing : undefined);
    if (existing !== undefined && conflict === 'fail') throw nameTaken();
    if (Number(item['fileSize'] ?? 0) > FILE_LIMIT)
      throw new GraphError(413, 'invalidRequest', 'Files may have at most 250 GB.');
    const opened = openSession(
      state,
      'upload',
      { drive: drive.id, parent: target.parent.id, name, conflict, times: item['fileSystemInfo'] ?? {} },
      null,
      name,
    );
    return {
      status: 200,
      json: {
        '@odata.context': contextOf(call, 'microsoft.graph.uploadSession'),
        ...opened,
        nextExpectedRanges: ['0-'],
      },
    };
  };

  const createChild = async (call: Call, drive: DriveRow, parent: ItemRow): Promise<Reply> => {
    const body = await jsonBody(call);
    const name = body['name'];
    if (typeof name !== 'string' || (body['folder'] === undefined && body['file'] === undefined))
      throw new GraphError(400, 'invalidRequest', 'A new child needs a name and the folder facet.');
    requireLegalName(name, parent.parent_id === null, pathOf(state, parent));
    const conflict = conflictOf(body['@microsoft.graph.conflictBehavior'], 'fail');
    const existing = childOf(state, drive.id, parent.id, name);
    if (existing !== undefined && conflict === 'fail') throw nameTaken();
    if (existing !== undefined && conflict === 'replace') return reply(call, drive, existing, 200);
    const times = (body['fileSystemInfo'] ?? {}) as FileTimes;
    const item = state.database.transaction(() =>
      insertItem(state, {
        driveId: drive.id,
        parent,
        name: existing === undefined ? name : freeName(state, parent, name),
        ref: body['folder'] === undefined ? state.content.keep(Buffer.alloc(0)) : null,
        size: 0,
        folder: body['folder'] !== undefined,
        ...newTimes(times),
      }),
    );
    return reply(call, drive, item, 201);
  };

  return {
    'PUT /drives/{drive-id}/items/{driveItem-id}/content': (call) => put(call, ...idTarget(call)),
    'PUT /drives/{drive-id}/root:/{item-path}:/content': (call) => put(call, ...pathTarget(call)),
    'PUT /drives/{drive-id}/items/{parent-id}:/{filename}:/content': (call) => put(call, ...childTarget(call)),
    'POST /drives/{drive-id}/items/{driveItem-id}/createUploadSession': (call) =>
      createSession(call, ...idTarget(call)),
    'POST /drives/{drive-id}/root:/{item-path}:/createUploadSession': (call) =>
      createSession(call, ...pathTarget(call)),
    'POST /drives/{drive-id}/items/{parent-id}:/{filename}:/createUploadSession': (call) =>
      createSession(call, ...childTarget(call)),
    'POST /drives/{drive-id}/items/{driveItem-id}/children': (call) => createChild(call, ...byId(call)),
    'POST /drives/{drive-id}/root/children': (call) => {
      const drive = driveOf(state, parameter(call, 0));
      return createChild(call, drive, rootOf(state, drive.id));
    },
    'PATCH /drives/{drive-id}/items/{driveItem-id}': async (call) => {
      const [drive, item] = byId(call);
      const body = await jsonBody(call);
      checkConditions(call, item);
      state.database.transaction(() => patchItem(state, drive, item, body));
      return reply(call, drive, itemOf(state, drive.id, item.id), 200);
    },
    'DELETE /drives/{drive-id}/items/{driveItem-id}': (call) => remove(call),
    'POST /drives/{drive-id}/items/{driveItem-id}/permanentDelete': (call) => remove(call),
    'POST /drives/{drive-id}/items/{driveItem-id}/restore': async (call) => {
      const drive = driveOf(state, parameter(call, 0));
      const item = state.database.get<ItemRow>(
        'SELECT * FROM items WHERE drive_id = ? AND id = ? AND deleted = 1',
        drive.id,
        parameter(call, 1),
      );
      if (item === undefined) throw itemNotFound();
      state.database.transaction(() => undelete(state, item));
      return reply(call, drive, itemOf(state, drive.id, item.id), 200);
    },
    'POST /drives/{drive-id}/items/{driveItem-id}/versions/{driveItemVersion-id}/restoreVersion': (call) => {
      const [, item] = byId(call);
      const version = versionOf(state, item, parameter(call, 2));
      state.database.transaction(() => replaceContent(state, item, version.ref, version.size));
      return { status: 204 };
    },
    'POST /drives/{drive-id}/items/{driveItem-id}/copy': async (call) => {
      const [drive, item] = byId(call);
      const body = await jsonBody(call);
      const parentId = (body['parentReference'] as { id?: string } | undefined)?.id ?? item.parent_id ?? '';
      const parent = itemOf(state, drive.id, parentId);
      const name = freeName(state, parent, typeof body['name'] === 'string' ? body['name'] : item.name);
      const copy = insertItem(state, {
        driveId: drive.id,
        parent,
        name,
        ref: item.ref,
        size: item.size,
        folder: item.folder === 1,
      });
      return { status: 202, headers: { Location: `${call.origin}/v1.0/drives/${drive.id}/items/${copy.id}` } };
    },
  };

  function remove(call: Call): Reply {
    const [, item] = byId(call);
    if (item.parent_id === null) throw new GraphError(400, 'invalidRequest', 'The root cannot be deleted.');
    checkConditions(call, item);
    state.database.transaction(() => deleteItem(state, item));
    return { status: 204 };
  }
}

const nameTaken = (): GraphError =>
  new GraphError(409, 'nameAlreadyExists', 'An item with the same name already exists under the parent.');

function conflictOf(value: unknown, normal: Conflict): Conflict {
  if (value === undefined || value === null) return normal;
  if (value === 'fail' || value === 'replace' || value === 'rename') return value;
  throw new GraphError(400, 'invalidRequest', `Unknown conflict behavior '${String(value)}'.`);
}

function checkConditions(call: Call, item: ItemRow | undefined): void {
  const wanted = call.headers['if-match'];
  if (wanted !== undefined && wanted !== '*' && (item === undefined || wanted.replace(/^W\//, '') !== eTagOf(item))) {
    throw new GraphError(412, 'preconditionFailed', "ETag does not match current item's value.", {
      innerCode: 'resourceModified',
    });
  }
  if (call.headers['if-none-match'] === '*' && item !== undefined) throw nameTaken();
}

/** Puts content under a name by the rule for taken names. */
function place(
  state: TenantState,
  drive: DriveRow,
  target: Target,
  conflict: Conflict,
  ref: string,
  size: number,
  times: FileTimes,
): { item: ItemRow; created: boolean } {
  if (state.tunables.officeRewrites && /\.(docx|xlsx|pptx)$/i.test(target.name)) {
    const rewritten = Buffer.concat([state.content.bytes(ref), Buffer.from('\u0000properties written by the service')]);
    [ref, size] = [state.content.keep(rewritten), rewritten.length];
  }
  const { parent, existing } = target;
  if (existing !== undefined && conflict === 'fail') throw nameTaken();
  if (existing !== undefined && conflict === 'replace') {
    if (existing.folder === 1) throw nameTaken();
    replaceContent(state, existing, ref, size, times.lastModifiedDateTime, times.createdDateTime);
    return { item: itemOf(state, drive.id, existing.id), created: false };
  }
  const name = existing === undefined ? target.name : freeName(state, parent, target.name);
  return {
    item: insertItem(state, { driveId: drive.id, parent, name, ref, size, folder: false, ...newTimes(times) }),
    created: true,
  };
}

function newTimes(times: FileTimes): { created?: string; modified?: string } {
  return {
    ...(times.createdDateTime === undefined ? {} : { created: times.createdDateTime }),
    ...(times.lastModifiedDateTime === undefined ? {} : { modified: times.lastModifiedDateTime }),
  };
}

function freeName(state: TenantState, parent: ItemRow, wanted: string): string {
  const dot = wanted.lastIndexOf('.');
  const [stem, extension] = dot > 0 ? [wanted.slice(0, dot), wanted.slice(dot)] : [wanted, ''];
  let name = wanted;
  for (let number = 1; childOf(state, parent.drive_id, parent.id, name) !== undefined; number += 1)
    name = `${stem} ${number}${extension}`;
  return name;
}

function patchItem(state: TenantState, drive: DriveRow, item: ItemRow, body: Readonly<Record<string, unknown>>): void {
  const parentId = (body['parentReference'] as { id?: string } | undefined)?.id;
  const name = typeof body['name'] === 'string' ? body['name'] : item.name;
  if (parentId !== undefined || name !== item.name) {
    const parent = itemOf(state, drive.id, parentId ?? item.parent_id ?? '');
    const taken = childOf(state, drive.id, parent.id, name);
    if (taken !== undefined && taken.n !== item.n) throw nameTaken();
    relocate(state, item, parent, name);
  }
  const times = body['fileSystemInfo'] as FileTimes | undefined;
  if (times === undefined) return;
  const seq = state.database.nextSeq();
  state.database.run(
    'UPDATE items SET fs_created = ?, fs_modified = ?, etag_seq = ?, delta_seq = ? WHERE n = ?',
    times.createdDateTime ?? item.fs_created,
    times.lastModifiedDateTime ?? item.fs_modified,
    seq,
    seq,
    item.n,
  );
}

function undelete(state: TenantState, item: ItemRow): void {
  const parent = itemOf(state, item.drive_id, item.parent_id ?? '');
  const name =
    childOf(state, item.drive_id, parent.id, item.name) === undefined ? item.name : freeName(state, parent, item.name);
  const seq = state.database.nextSeq();
  state.database.run(
    'UPDATE items SET deleted = 0, name = ?, name_key = ?, etag_seq = ?, delta_seq = ? WHERE n = ?',
    name,
    nameKey(name),
    seq,
    seq,
    item.n,
  );
  const show = (id: string): void => {
    for (const child of state.database.all<ItemRow>(
      'SELECT * FROM items WHERE drive_id = ? AND parent_id = ? AND deleted = 2',
      item.drive_id,
      id,
    )) {
      state.database.run('UPDATE items SET deleted = 0, delta_seq = ? WHERE n = ?', state.database.nextSeq(), child.n);
      show(child.id);
    }
  };
  show(item.id);
  touchAncestors(state, item.drive_id, item.parent_id);
}

/** Ranges of a file; the last one puts it in its place. */
export function driveUploads(state: TenantState, recorder: Recorder): LinkHandler {
  return uploadHandler(state, recorder, {
    multiple: 327_680,
    largestRange: 60 * MEGABYTE,
    progress: (expires, next, size) => ({
      status: 202,
      body: { expirationDateTime: expires, nextExpectedRanges: [`${next}-${size - 1}`] },
    }),
    finish: async (session, ref, response) => {
      const target = session.target as {
        drive: string;
        parent: string;
        name: string;
        conflict: Conflict;
        times: FileTimes;
      };
      try {
        const drive = driveOf(state, target.drive);
        const parent = itemOf(state, drive.id, target.parent);
        const existing = childOf(state, drive.id, parent.id, target.name);
        const { item, created } = state.database.transaction(() =>
          place(
            state,
            drive,
            { parent, name: target.name, existing },
            target.conflict,
            ref,
            session.size ?? 0,
            target.times,
          ),
        );
        sendJson(response, created ? 201 : 200, await itemEntity(state, drive, item, 'single'));
      } catch (error) {
        if (!(error instanceof GraphError)) throw error;
        refuse(response, error.status, error.code, error.message);
      }
    },
  });
}
