import { useMe } from '../../app/person.ts';
import { usePlace } from '../../app/routing.ts';
import { NoPage } from '../NoPage.tsx';
import { RequestPage } from '../restore/request/RequestPage.tsx';
import { ApprovalsPage } from './approvals/ApprovalsPage.tsx';
import { RestoresPage } from './restores/RestoresPage.tsx';
import { RunPage } from './runs/RunPage.tsx';
import { RunsPage } from './runs/RunsPage.tsx';

const lists: ReadonlySet<string> = new Set(['run', 'runs', 'restore', 'restores']);
const isId = /^[0-9a-f]{32}$/;

/** `activity`, `activity/run/{id}`, `activity/restores`, `activity/restore/{id}`, `activity/approvals`. */
export default function ActivityPage() {
  const me = useMe();
  const [part, id] = usePlace().rest;
  // Cards in chats name a run by its id alone.
  if (part !== undefined && isId.test(part)) return <RunPage key={part} id={part} />;
  if ((part === 'run' || part === 'runs') && id !== undefined) return <RunPage key={id} id={id} />;
  if ((part === 'restore' || part === 'restores') && id !== undefined)
    return <RequestPage key={id} id={id} from="activity" />;
  if (part === 'approvals') return <ApprovalsPage />;
  if (part !== undefined && !lists.has(part)) return <NoPage />;
  return part === 'restores' || !me.can.seeTenant ? <RestoresPage /> : <RunsPage />;
}
