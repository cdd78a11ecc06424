import { useTexts } from '../../app/texts.tsx';
import { PageHeader } from '../../parts/PageHeader.tsx';

export default function ActivityPage() {
  return <PageHeader title={useTexts()('page.activity')} />;
}
