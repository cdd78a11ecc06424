import type { LinkHandler } from '../content/contentServer.ts';
import { driveUploads } from './drive/driveWrites.ts';
import { attachmentUploads } from './mail/attachmentHandlers.ts';
import { importLink } from './mail/importExport.ts';
import type { Recorder } from './recorder.ts';
import type { TenantState } from './tenantState.ts';
import type { Throttle } from './throttle.ts';

/** What upload, attachment and import links do. */
export function linkHandlers(
  state: TenantState,
  recorder: Recorder,
  throttle: Throttle,
): Readonly<Record<string, LinkHandler>> {
  return {
    upload: driveUploads(state, recorder),
    attachment: attachmentUploads(state, recorder, throttle),
    import: importLink(state, recorder, throttle),
  };
}
