import { lackingUnaccepted } from '../../../../../contract/cleanup.ts';
import type { Cleanup } from '../../../../../contract/cleanup.ts';
import { useTexts } from '../../../app/texts.tsx';
import { Sign } from '../../../parts/Sign.tsx';

/** How the last cleanup ended. */
export function CleanupSign({ cleanup: { last, isRunning } }: { cleanup: Cleanup }) {
  const text = useTexts();
  if (last?.refused !== undefined) return <Sign look="bad">{text('cleanup.stopped')}</Sign>;
  const lacking = last === undefined ? 0 : lackingUnaccepted(last);
  if (lacking > 0) return <Sign look="bad">{text('cleanup.lacking', { count: lacking })}</Sign>;
  const ending = last?.notExtended ?? 0;
  if (ending > 0) return <Sign look="bad">{text('cleanup.notExtended', { count: ending })}</Sign>;
  if (isRunning) return <Sign look="busy">{text('state.running')}</Sign>;
  if (last === undefined) return <Sign look="quiet">{text('cleanup.never')}</Sign>;
  return <Sign look="good">{text('cleanup.freed', { size: text.bytes(last.bytesFreed) })}</Sign>;
}
