import type { ResourceId } from '../model/ids.ts';
import type { Finding } from '../model/verification.ts';
import { objectFinding } from './findings.ts';

const prefix = 'records/resources/';

/** The record of a resource does not open: what it is, who owns it and how long it is kept nobody can tell. */
export const hiddenRecord = (resourceId: ResourceId): Finding =>
  objectFinding({
    area: 'records',
    kind: 'corrupt',
    object: `${prefix}${resourceId}`,
    detail:
      'The record of this resource cannot be read: it is not backed up, and nothing of it is removed. Bring the row back from a copy of the table.',
    resourceId,
  });

/** Whoever counts the records and the notes of damaged items themselves knows of it already. */
export const isCountedElsewhere = ({ object }: Pick<Finding, 'object'>): boolean =>
  object.startsWith(prefix) || object.includes('/lost/item/');
