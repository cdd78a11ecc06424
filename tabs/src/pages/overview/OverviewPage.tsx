import { useMe } from '../../app/person.ts';
import { MyData } from './MyData.tsx';
import { TenantOverview } from './TenantOverview.tsx';

/** The whole tenant for those who look after it; everybody else sees what is theirs. */
export default function OverviewPage() {
  return useMe().can.seeTenant ? <TenantOverview /> : <MyData />;
}
