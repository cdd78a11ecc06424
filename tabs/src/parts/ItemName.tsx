import { useTexts } from '../app/texts.tsx';

/** A name as it was given, in its own direction of writing; a message without a subject has a word for that. */
export function ItemName({ name }: { name: string }) {
  const text = useTexts();
  return name.trim() === '' ? <>{text('item.unnamed')}</> : <bdi>{name}</bdi>;
}
