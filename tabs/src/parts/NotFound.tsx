import { Button } from '@fluentui/react-components';
import { useLink } from '../app/routing.ts';
import { useTexts } from '../app/texts.tsx';
import { EmptyState } from './EmptyState.tsx';

/** What an address named, in words, and the list that it would stand in. */
export interface Missing {
  readonly title: string;
  readonly list: string;
  readonly address: string;
}

/** One thing of a list that is not there. */
export function NotInList({ missing: { title, list, address } }: { missing: Missing }) {
  const text = useTexts();
  return (
    <NotFound title={title} words={text('missing.words')} link={text('missing.back', { list })} address={address} />
  );
}

/** An address that names nothing: what is missing, and the link to where there is something. */
export function NotFound({
  title,
  words,
  link,
  address,
}: {
  title: string;
  words: string;
  link: string;
  address: string;
}) {
  const way = useLink(address);
  return (
    <EmptyState title={title} words={words}>
      <Button as="a" {...way}>
        {link}
      </Button>
    </EmptyState>
  );
}
