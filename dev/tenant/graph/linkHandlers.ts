import type { LinkHandler } from '../content/contentServer.ts';
import type { Recorder } from './recorder.ts';
import type { TenantState } from './tenantState.ts';
import type { Throttle } from './throttle.ts';

/** What upload, attachment and import links do. */
export function linkHandlers(_state: TenantState, _recorder: Recorder, _throttle: Throttle): Readonly<Record<string, LinkHandler>> {
  return {};
}
