import { useMe } from '../../app/person.ts';
import { usePlace } from '../../app/routing.ts';
import { NoPage } from '../NoPage.tsx';
import { PoliciesPage } from './PoliciesPage.tsx';
import { PolicyPage } from './PolicyPage.tsx';
import { ResourcePage } from './ResourcePage.tsx';
import { ResourcesPage } from './ResourcesPage.tsx';

/** `protection`, `protection/resource/{id}`, `protection/policies`, `protection/policies/{id | new}`. */
export default function ProtectionPage() {
  const { rest } = usePlace();
  const me = useMe();
  const [part, id] = rest;
  if (part === 'resource' && id !== undefined) return <ResourcePage key={id} id={id} />;
  if (part === 'policies' && id !== undefined) return <PolicyPage key={id} id={id} />;
  if (part === 'policies' && me.can.seeTenant) return <PoliciesPage />;
  return part === undefined || part === 'resource' || part === 'policies' ? <ResourcesPage /> : <NoPage />;
}
