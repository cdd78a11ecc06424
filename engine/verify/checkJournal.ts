import type { ResourceId, SliceId } from '../model/ids.ts';
import type { Finding } from '../model/verification.ts';
import { readHead } from '../repository/heads.ts';
import { openSlice, sliceName } from '../repository/slices.ts';
import { damageOf } from './damageOf.ts';
import { objectFinding } from './findings.ts';
import type { Reading } from './reading.ts';

/**
 * The slices of a resource: `full` all that are in storage, else the newest one. What was published does not need them;
 * with one that is damaged the ledger of its run is lost, and work that is in no restore point yet is done again.
 */
export async function checkJournal(reading: Reading, resource: ResourceId, full: boolean): Promise<readonly Finding[]> {
  const { headSlice } = await readHead(reading, resource);
  const ids = new Set<SliceId>(headSlice === undefined ? [] : [headSlice]);
  if (full) {
    for (let pageToken: string | undefined, more = true; more; more = pageToken !== undefined) {
      const page = await reading.blobs.list('journal', `slices/${resource}/`, pageToken);
      pageToken = page.nextPageToken;
      for (const { name } of page.blobs) ids.add((name.split('/')[2] ?? '') as SliceId);
    }
  }
  const findings: Finding[] = [];
  for (const id of ids) {
    try {
      await openSlice(reading, resource, id);
    } catch (error) {
      const { kind, fault } = damageOf(error);
      const object = sliceName(resource, id);
      findings.push(objectFinding({ area: 'journal', kind, object, detail: fault.message, resourceId: resource }));
    }
  }
  return findings;
}
