import { useTexts } from '../../app/texts.tsx';
import { PageHeader } from '../../parts/PageHeader.tsx';

export default function ProtectionPage() {
  return <PageHeader title={useTexts()('page.protection')} />;
}
