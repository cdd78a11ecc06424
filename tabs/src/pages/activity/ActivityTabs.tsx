import { useMe } from '../../app/person.ts';
import { addressOf } from '../../app/routing.ts';
import { useTexts } from '../../app/texts.tsx';
import { SubPages } from '../../parts/SubPages.tsx';

/** The three lists of the page; jobs concern everybody's data, so that members have none. */
export function ActivityTabs({ at }: { at: 'runs' | 'restores' | 'approvals' }) {
  const text = useTexts();
  const me = useMe();
  return (
    <SubPages
      name={text('page.activity')}
      at={at}
      pages={[
        ...(me.can.seeTenant ? [{ id: 'runs', name: text('activity.runs'), address: addressOf('activity') }] : []),
        { id: 'restores', name: text('activity.restores'), address: addressOf('activity', ['restores']) },
        { id: 'approvals', name: text('activity.approvals'), address: addressOf('activity', ['approvals']) },
      ]}
    />
  );
}
