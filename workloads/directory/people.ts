import { z } from 'zod';
import { Fault, isFault } from '../../engine/fault.ts';
import { BATCH_LIMIT, directoryScope, segment, type BatchAnswer, type Graph, type Scope } from '../../graph/index.ts';
import { odd } from '../reading/odd.ts';
import { pagesOf } from '../reading/pagesOf.ts';

/** A person, or what has an account as one: shared mailboxes, rooms, equipment. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly address: string;
}

const userShape = z.object({
  id: z.string(),
  displayName: odd(z.string()),
  userPrincipalName: odd(z.string()),
  mail: odd(z.string()),
  userType: odd(z.string()),
});

const PAGE_SIZE = 999;
/** Times in a row that a listing is begun anew, because the link to its next page had died, without getting any further. */
const MOST_RESTARTS = 3;

/** Graph takes the id of a person in either case. Tokens of people, which say whose data is theirs, hold it small. */
export const personId = (id: string): string =>
  /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(id) ? id.toLowerCase() : id;

/** Everybody in the directory who could own a mailbox or a OneDrive. Guests own neither and are left out. */
export async function* people(graph: Graph, signal: AbortSignal): AsyncGenerator<Person> {
  const options = { scope: directoryScope, priority: 'incremental' as const, signal };
  const query = { $select: 'id,displayName,userPrincipalName,mail,userType', $top: String(PAGE_SIZE) };
  const seen = new Set<string>();
  for (let restarts = 0; ; restarts++) {
    const known = seen.size;
    try {
      for await (const user of pagesOf(graph, userShape, '/users', { ...options, query })) {
        const id = personId(user.id);
        if (user.userType === 'Guest' || seen.has(id)) continue;
        seen.add(id);
        const address = user.mail ?? user.userPrincipalName ?? '';
        yield { id, name: user.displayName ?? address, address };
      }
      return;
    } catch (error) {
      // Links to pages of the directory live for minutes; asking about each person may take longer.
      if (!isFault(error, 'resync')) throw error;
      if (seen.size > known) restarts = 0;
      if (restarts === MOST_RESTARTS) throw error;
    }
  }
}

/**
 * Asks one question about everybody, twenty people a request, and hands on each with the answer. A service that answers
 * about nobody of them is out of order: Fault `unavailable`. One who is asked about alone says nothing of the service.
 */
export async function* askAboutEach(
  graph: Graph,
  signal: AbortSignal,
  scope: Scope,
  question: (userId: string) => string,
): AsyncGenerator<readonly [Person, BatchAnswer]> {
  const ask = async (group: readonly Person[]) =>
    graph.batch(
      group.map(({ id }, index) => ({ id: String(index), method: 'GET', url: question(segment(id)) })),
      { scope, priority: 'incremental', signal },
    );
  let group: Person[] = [];
  for await (const person of people(graph, signal)) {
    group.push(person);
    if (group.length < BATCH_LIMIT) continue;
    yield* pairs(group, await ask(group));
    group = [];
  }
  if (group.length > 0) yield* pairs(group, await ask(group));
}

function* pairs(group: readonly Person[], answers: readonly BatchAnswer[]): Generator<readonly [Person, BatchAnswer]> {
  const [first] = answers;
  if (
    first?.ok === false &&
    group.length > 1 &&
    answers.every((answer) => !answer.ok && answer.fault.kind === 'unavailable')
  )
    throw first.fault;
  for (const [index, person] of group.entries()) {
    const answer = answers[index];
    if (answer !== undefined) yield [person, answer];
  }
}

/** Why nothing can be said about one person's place. Throws what concerns everybody: throttles, a refused token, a stop. */
export function refusalOf(fault: Fault, place: string): string {
  if (isFault(fault, 'throttled', 'unauthorized', 'cancelled')) throw fault;
  const answer = fault.code ?? fault.status ?? 'no answer';
  return isFault(fault, 'forbidden', 'locked')
    ? `Microsoft 365 refuses access to this ${place} (${answer}).`
    : `Microsoft 365 gives no usable answer about this ${place} (${answer}).`;
}

/** An answer that is none to the question. */
export const oddAnswer = (): Fault =>
  new Fault('unavailable', 'Microsoft Graph answered something else than was asked', {
    origin: 'graph',
    code: 'UnknownForm',
  });
