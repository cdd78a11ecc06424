import type { Resource } from '../../../contract/resources.ts';

/** How a resource stands, in the words that every page uses. */
export type Standing = Resource['state'] | 'nothingToCopy';

/** What no policy protects is a gap; what does not exist yet, as a drive that nobody has opened, is none. */
export const standingOf = ({ state, nothingToCopy }: Resource): Standing =>
  nothingToCopy === true ? 'nothingToCopy' : state;

/** In the order in which pages list them. */
export const standings: readonly Standing[] = [
  'protected',
  'firstBackup',
  'waiting',
  'partial',
  'failing',
  'paused',
  'notProtected',
  'nothingToCopy',
  'excluded',
  'gone',
];
