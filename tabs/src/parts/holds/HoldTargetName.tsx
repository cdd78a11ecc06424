import type { Hold } from '../../../../contract/retention.ts';
import { useTexts } from '../../app/texts.tsx';
import { useResourceName } from '../resourceNames.tsx';
import { usePersonName } from '../personNames.tsx';

/** Whom or what a hold means: `everything of Grace Mwangi`, `Grace Mwangi: Mail`. */
export function useHoldTarget(on: Hold['on'] | undefined): string {
  const text = useTexts();
  const name = usePersonName(on?.kind === 'user' ? on.sourceId : '');
  const resource = useResourceName(on?.kind === 'resource' ? on.sourceId : undefined);
  switch (on?.kind) {
    case 'user':
      return text('hold.everythingOf', { name });
    case 'site':
      return text('hold.site', { id: on.sourceId });
    case 'team':
      return text('hold.team', { id: on.sourceId });
    case 'resource':
      return resource;
    case undefined:
      return '';
  }
}

export function HoldTargetName({ on }: { on: Hold['on'] }) {
  return <bdi>{useHoldTarget(on)}</bdi>;
}
