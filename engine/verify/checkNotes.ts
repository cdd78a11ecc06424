import type { ResourceId } from '../model/ids.ts';
import type { Finding } from '../model/verification.ts';
import { unreadableNotes } from '../repository/damage.ts';
import { objectFinding } from './findings.ts';
import type { Reading } from './reading.ts';

/** The list of what is damaged: a note that does not open counts as damage until its item was read again. */
export async function checkNotes({ tables, columns }: Reading, resource: ResourceId): Promise<readonly Finding[]> {
  return (await unreadableNotes(tables, columns, resource)).map((item) =>
    objectFinding({
      area: 'head',
      kind: 'corrupt',
      object: `resources/${resource}/lost/item/${item}`,
      detail:
        'A note of the list of damaged items cannot be read. Its item is read again wherever a restore point holds it.',
      resourceId: resource,
    }),
  );
}
