import type { WaitingChange } from '../../../../contract/retention.ts';
import { useTexts } from '../../app/texts.tsx';
import type { TextKey } from '../../app/texts.tsx';

/** How a wish was taken, by what the server made of it; `waits` where it waits for another administrator. */
export function useAskedWords(): (change: WaitingChange, waits: TextKey) => string {
  const text = useTexts();
  return ({ state, effectiveAt, askedAt }, waits) =>
    state === 'approved' ? text('change.stand.alone', { at: text.moment(effectiveAt ?? askedAt) }) : text(waits);
}
