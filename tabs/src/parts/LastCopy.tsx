import type { Resource } from '../../../contract/resources.ts';
import { useTexts } from '../app/texts.tsx';
import type { Texts } from '../app/texts.tsx';
import { Moment } from './Moment.tsx';
import { newestCopy } from './newestCopy.ts';

/** Both times that a copy has: as of when it is known to be right, and when it was made. */
export function copyTimes(text: Texts, { lastPointAt, confirmedAt }: Resource): string {
  if (lastPointAt === undefined) return text('tile.noCopy');
  const newest = newestCopy({ lastPointAt, confirmedAt });
  return newest === undefined || newest === lastPointAt
    ? text('copy.made', { taken: text.exactly(lastPointAt) })
    : text('copy.confirmed', { confirmed: text.exactly(newest), taken: text.exactly(lastPointAt) });
}

/** How old the newest copy is, on every page the same. */
export function LastCopy({ resource, form = 'ago' }: { resource: Resource; form?: 'ago' | 'both' }) {
  const text = useTexts();
  return <Moment iso={newestCopy(resource)} form={form} exactly={copyTimes(text, resource)} />;
}
