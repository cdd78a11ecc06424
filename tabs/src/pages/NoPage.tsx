import { addressOf } from '../app/routing.ts';
import { useTexts } from '../app/texts.tsx';
import { NotFound } from '../parts/NotFound.tsx';
import { PageHeader } from '../parts/PageHeader.tsx';

/** For an address that names no place of the console; it stays in the bar, so that a slip can be seen and mended. */
export function NoPage() {
  const text = useTexts();
  return (
    <>
      <PageHeader title={text('missing.page')} />
      <NotFound
        title={text('missing.pageWords')}
        words={text('missing.words')}
        link={text('page.overview')}
        address={addressOf('overview')}
      />
    </>
  );
}
