import { z } from 'zod';
import type { Discovery } from '../../engine/connector.ts';
import type { UserId } from '../../engine/model/ids.ts';
import { sharepointScope, type BatchAnswer, type Graph } from '../../graph/index.ts';
import { askAboutEach, oddAnswer, refusalOf, type Person } from '../directory/people.ts';

const driveShape = z.object({ id: z.string(), name: z.string().nullish() });

/** The OneDrive of every person, and who has none yet. */
export async function* discoverDrives(graph: Graph, signal: AbortSignal): AsyncGenerator<Discovery> {
  const question = (userId: string) => `/users/${userId}/drive?$select=id,name,driveType`;
  for await (const [person, answer] of askAboutEach(graph, signal, sharepointScope, question))
    yield discovered(person, answer);
}

function discovered(person: Person, answer: BatchAnswer): Discovery {
  // While there is no drive it goes by its owner's id, so that the console can name who has none.
  const resource = {
    workload: 'drive',
    kind: 'onedrive',
    sourceId: person.id,
    name: person.name,
    address: person.address,
    ownerId: person.id as UserId,
  };
  const drive = answer.ok ? driveShape.safeParse(answer.body).data : undefined;
  if (drive !== undefined) return { kind: 'found', resource: { ...resource, sourceId: drive.id } };
  const fault = answer.ok ? oddAnswer() : answer.fault;
  if (fault.kind === 'not-found')
    return { kind: 'absent', resource, reason: 'This person has no OneDrive yet.', refused: false };
  return { kind: 'absent', resource, reason: refusalOf(fault, 'OneDrive'), refused: true };
}
