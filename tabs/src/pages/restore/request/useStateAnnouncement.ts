import { useEffect, useRef } from 'react';
import type { RestoreRequest } from '../../../../../contract/restore.ts';
import { useTexts } from '../../../app/texts.tsx';
import type { TextKey } from '../../../app/texts.tsx';
import { useAnnounce } from '../../../parts/announcer.tsx';
import { handledOf, standingOfRequest } from '../../activity/restores/requestFacts.ts';

/** Says a change of state, and each quarter of the way; not every look. */
export function useStateAnnouncement(request: RestoreRequest | undefined): void {
  const text = useTexts();
  const announce = useAnnounce();
  const said = useRef('');
  useEffect(() => {
    if (request === undefined) return;
    const { counts } = request;
    const state = standingOfRequest(request);
    const quarter = counts === undefined || counts.total === 0 ? 0 : Math.floor((handledOf(counts) / counts.total) * 4);
    const now = `${state} ${state === 'running' ? quarter : ''}`;
    if (said.current === now) return;
    const first = said.current === '';
    said.current = now;
    if (first) return;
    const word = text(`request.state.${state}` as TextKey);
    announce(
      state === 'running' && quarter > 0 ? text('request.quarter', { word, share: text.percent(quarter / 4) }) : word,
    );
  }, [announce, request, text]);
}
