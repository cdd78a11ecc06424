import { z } from 'zod';
import type { Discovery } from '../../engine/connector.ts';
import type { UserId } from '../../engine/model/ids.ts';
import { directoryScope, type BatchAnswer, type Graph } from '../../graph/index.ts';
import { askAboutEach, oddAnswer, refusalOf, type Person } from '../directory/people.ts';

const settingsShape = z.object({ userPurpose: z.string().nullish() });

/** Every mailbox of the tenant, and who has none. */
export async function* discoverMailboxes(graph: Graph, signal: AbortSignal): AsyncGenerator<Discovery> {
  const question = (userId: string) => `/users/${userId}/mailboxSettings?$select=userPurpose`;
  for await (const [person, answer] of askAboutEach(graph, signal, directoryScope, question))
    yield discovered(person, answer);
}

function discovered(person: Person, answer: BatchAnswer): Discovery {
  const resource = {
    workload: 'mail',
    kind: 'user',
    sourceId: person.id,
    name: person.name,
    address: person.address,
    ownerId: person.id as UserId,
  };
  if (answer.ok) {
    const settings = settingsShape.safeParse(answer.body ?? {}).data;
    if (settings === undefined)
      return { kind: 'absent', resource, reason: refusalOf(oddAnswer(), 'mailbox'), refused: true };
    const purpose = settings.userPurpose ?? 'user';
    const kind = ['shared', 'room', 'equipment'].includes(purpose) ? purpose : 'user';
    return { kind: 'found', resource: { ...resource, kind } };
  }
  if (answer.fault.kind === 'not-found')
    return { kind: 'absent', resource, reason: 'This person has no mailbox in Exchange Online.', refused: false };
  return { kind: 'absent', resource, reason: refusalOf(answer.fault, 'mailbox'), refused: true };
}
