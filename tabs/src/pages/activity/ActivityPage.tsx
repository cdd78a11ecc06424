import { useMe } from '../../app/person.ts';
import { usePlace } from '../../app/routing.ts';
import { RequestPage } from '../restore/request/RequestPage.tsx';
import { ApprovalsPage } from './ApprovalsPage.tsx';
import { RestoresPage } from './RestoresPage.tsx';
import { RunPage } from './RunPage.tsx';
import { RunsPage } from './RunsPage.tsx';

/** `activity`, `activity/run/{id}`, `activity/restores`, `activity/restore/{id}`, `activity/approvals`. */
export default function ActivityPage() {
  const [part, id] = usePlace().rest;
  const me = useMe();
  if (part === 'run' && id !== undefined) return <RunPage key={id} id={id} />;
  if (part === 'restore' && id !== undefined) return <RequestPage key={id} id={id} from="activity" />;
  if (part === 'approvals' && me.can.approve) return <ApprovalsPage />;
  if (part === 'restores' || !me.can.seeTenant) return <RestoresPage />;
  return <RunsPage />;
}
