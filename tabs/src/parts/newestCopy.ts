import type { Resource } from '../../../contract/resources.ts';

/**
 * As of when the data is known to be stored. A run that finds nothing new makes no copy and confirms the one there is: the
 * copy is as new as that.
 */
export const newestCopy = ({
  lastPointAt,
  confirmedAt,
}: Pick<Resource, 'lastPointAt' | 'confirmedAt'>): string | undefined =>
  lastPointAt !== undefined && confirmedAt !== undefined && confirmedAt > lastPointAt ? confirmedAt : lastPointAt;
