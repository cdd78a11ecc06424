import { useEffect, useRef } from 'react';
import { useTexts } from '../../../app/texts.tsx';
import type { TextKey } from '../../../app/texts.tsx';
import { useAnnounce } from '../../../parts/announcer.tsx';

/** Tells readers about every change of state, and about each quarter of the way; nothing in between. */
export function useProgressAnnouncements(state: string | undefined, share: number | undefined): void {
  const text = useTexts();
  const announce = useAnnounce();
  const last = useRef<{ readonly state: string; readonly quarter: number }>(undefined);
  useEffect(() => {
    if (state === undefined) return;
    const before = last.current;
    const quarter = share === undefined ? (before?.quarter ?? 0) : Math.floor(share * 4);
    last.current = { state, quarter };
    if (before === undefined) return;
    if (before.state !== state) announce(text('activity.stateNow', { state: text(`state.${state}` as TextKey) }));
    else if (quarter > before.quarter) announce(text('activity.percentNow', { percent: text.percent(quarter / 4) }));
  }, [announce, share, state, text]);
}
