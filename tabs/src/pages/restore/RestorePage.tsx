import { useTexts } from '../../app/texts.tsx';
import { PageHeader } from '../../parts/PageHeader.tsx';

export default function RestorePage() {
  return <PageHeader title={useTexts()('page.restore')} />;
}
