import { useMe } from '../../app/person.ts';
import { addressOf } from '../../app/routing.ts';
import { useTexts } from '../../app/texts.tsx';
import { SubPages } from '../../parts/SubPages.tsx';

/** Backups for those who look after the tenant, restores for everybody, approvals for those who decide. */
export function ActivityTabs({ at }: { at: 'runs' | 'restores' | 'approvals' }) {
  const text = useTexts();
  const me = useMe();
  const pages = [
    ...(me.can.seeTenant ? [{ id: 'runs', name: text('activity.runs'), address: addressOf('activity') }] : []),
    { id: 'restores', name: text('activity.restores'), address: addressOf('activity', ['restores']) },
    ...(me.can.approve
      ? [{ id: 'approvals', name: text('activity.approvals'), address: addressOf('activity', ['approvals']) }]
      : []),
  ];
  return pages.length > 1 ? <SubPages name={text('page.activity')} at={at} pages={pages} /> : null;
}
