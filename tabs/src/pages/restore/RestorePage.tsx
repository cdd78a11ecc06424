import { usePlace } from '../../app/routing.ts';
import { NoPage } from '../NoPage.tsx';
import { BasketBar } from './basket/BasketBar.tsx';
import { BasketProvider } from './basket/basket.tsx';
import { BrowsePage } from './browse/BrowsePage.tsx';
import { FindPage } from './find/FindPage.tsx';
import { OptionsPage } from './OptionsPage.tsx';
import { RequestPage } from './request/RequestPage.tsx';

/**
 * `restore` finds, `restore/browse/{resource}/{point}/{folder}/{item}` looks, `restore/options` asks how, and
 * `restore/request/{id}` checks and carries out. What was chosen stays in the basket on the way.
 */
export default function RestorePage() {
  return (
    <BasketProvider>
      <Step />
    </BasketProvider>
  );
}

function Step() {
  const [step, id, at, folder, item] = usePlace().rest;
  if (step === 'request' && id !== undefined) return <RequestPage key={id} id={id} from="restore" />;
  if (step === 'options') return <OptionsPage />;
  if (step === 'browse' && id !== undefined)
    return (
      <>
        <BrowsePage key={id} resourceId={id} at={at ?? 'latest'} folder={folder} item={item} />
        <BasketBar />
      </>
    );
  if (step !== undefined && step !== 'browse' && step !== 'request') return <NoPage />;
  return (
    <>
      <FindPage />
      <BasketBar />
    </>
  );
}
