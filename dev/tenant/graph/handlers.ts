import type { Handlers } from './call.ts';
import { directoryHandlers } from './directory/directory.ts';
import { driveReadHandlers } from './drive/driveReads.ts';
import type { GraphService } from './graphService.ts';
import { folderHandlers } from './mail/folders.ts';
import { messageReadHandlers } from './mail/messages.ts';
import type { Recorder } from './recorder.ts';
import type { TenantState } from './tenantState.ts';

/** Everything the demo tenant plays of Graph. */
export function graphHandlers(state: TenantState, _recorder: Recorder, _service: () => GraphService): Handlers {
  return { ...directoryHandlers(state), ...folderHandlers(state), ...messageReadHandlers(state), ...driveReadHandlers(state) };
}
