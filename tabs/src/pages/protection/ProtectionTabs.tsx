import { useMe } from '../../app/person.ts';
import { addressOf } from '../../app/routing.ts';
import { useTexts } from '../../app/texts.tsx';
import { SubPages } from '../../parts/SubPages.tsx';

/** The two halves of the page; members have nothing to do with policies. */
export function ProtectionTabs({ at }: { at: 'resources' | 'policies' }) {
  const text = useTexts();
  if (!useMe().can.seeTenant) return null;
  return (
    <SubPages
      name={text('page.protection')}
      at={at}
      pages={[
        { id: 'resources', name: text('protection.resources'), address: addressOf('protection') },
        { id: 'policies', name: text('protection.policies'), address: addressOf('protection', ['policies']) },
      ]}
    />
  );
}
