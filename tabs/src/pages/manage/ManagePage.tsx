import { useMe } from '../../app/person.ts';
import { usePlace } from '../../app/routing.ts';
import { useTexts } from '../../app/texts.tsx';
import { NoAccess } from '../../parts/NoAccess.tsx';
import { PageHeader } from '../../parts/PageHeader.tsx';
import { NoPage } from '../NoPage.tsx';
import { AccessPage } from './access/AccessPage.tsx';
import { AuditPage } from './audit/AuditPage.tsx';
import { CleanupPage } from './cleanup/CleanupPage.tsx';
import { DrillPage } from './drills/DrillPage.tsx';
import { DrillsPage } from './drills/DrillsPage.tsx';
import { HealthPage } from './health/HealthPage.tsx';
import { HoldsPage } from './holds/HoldsPage.tsx';
import { KeysPage } from './keys/KeysPage.tsx';
import { ManageHome } from './ManageHome.tsx';
import { NotificationsPage } from './notifications/NotificationsPage.tsx';
import { managePages, mayOpen } from './places.ts';
import { ReportsPage } from './reports/ReportsPage.tsx';
import { VerificationPage } from './verification/VerificationPage.tsx';
import { VerificationsPage } from './verification/VerificationsPage.tsx';

/** `manage`, `manage/{page}`, `manage/verification/{id}`, `manage/drills/{id}`. */
export default function ManagePage() {
  const me = useMe();
  const [part, id] = usePlace().rest;
  const page = managePages.find((each) => each === part);
  if (part !== undefined && page === undefined) return <NoPage />;
  if (!me.can.seeTenant || (page !== undefined && !mayOpen(page, me))) return <Closed />;
  switch (page) {
    case undefined:
      return <ManageHome />;
    case 'health':
      return <HealthPage />;
    case 'holds':
      return <HoldsPage />;
    case 'keys':
      return <KeysPage />;
    case 'verification':
      return id === undefined ? <VerificationsPage /> : <VerificationPage key={id} id={id} />;
    case 'drills':
      return id === undefined ? <DrillsPage /> : <DrillPage key={id} id={id} />;
    case 'cleanup':
      return <CleanupPage />;
    case 'access':
      return <AccessPage />;
    case 'notifications':
      return <NotificationsPage />;
    case 'reports':
      return <ReportsPage />;
    case 'audit':
      return <AuditPage />;
  }
}

/** For people whose role does not reach; said here, so that nothing is asked that would be refused. */
function Closed() {
  const text = useTexts();
  return (
    <>
      <PageHeader title={text('page.manage')} />
      <NoAccess
        problem={{ type: 'about:blank', title: '', status: 403, detail: text('manage.forWhom'), reference: '' }}
      />
    </>
  );
}
