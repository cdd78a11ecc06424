import type { Handlers } from './call.ts';
import { batchHandlers } from './batch.ts';
import { directoryHandlers } from './directory/directory.ts';
import { driveReadHandlers } from './drive/driveReads.ts';
import { driveWriteHandlers } from './drive/driveWrites.ts';
import { permissionHandlers } from './drive/permissions.ts';
import { attachmentHandlers } from './mail/attachmentHandlers.ts';
import { folderHandlers } from './mail/folders.ts';
import { importExportHandlers } from './mail/importExport.ts';
import { messageReadHandlers } from './mail/messages.ts';
import { messageWriteHandlers } from './mail/messageWrites.ts';
import type { GraphService } from './graphService.ts';
import type { Recorder } from './recorder.ts';
import type { TenantState } from './tenantState.ts';

/** Everything the demo tenant plays of Graph. */
export function graphHandlers(state: TenantState, recorder: Recorder, service: () => GraphService): Handlers {
  return {
    ...directoryHandlers(state),
    ...folderHandlers(state),
    ...messageReadHandlers(state),
    ...messageWriteHandlers(state, recorder),
    ...attachmentHandlers(state),
    ...importExportHandlers(state),
    ...driveReadHandlers(state),
    ...driveWriteHandlers(state),
    ...permissionHandlers(state, recorder),
    ...batchHandlers(service),
  };
}
