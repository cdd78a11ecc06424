import { Button } from '@fluentui/react-components';
import { useLink } from '../app/routing.ts';
import { EmptyState } from './EmptyState.tsx';

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
