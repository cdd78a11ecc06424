import { z } from 'zod';
import { BATCH_LIMIT, directoryScope, segment, type BatchAnswer, type Graph, type Scope } from '../../graph/index.ts';

/** A person, or what has an account as one: shared mailboxes, rooms, equipment. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly address: string;
}

const userShape = z.object({
  id: z.string(),
  displayName: z.string().nullish(),
  userPrincipalName: z.string().nullish(),
  mail: z.string().nullish(),
  userType: z.string().nullish(),
});

const PAGE_SIZE = 999;

/** Everybody in the directory who could own a mailbox or a OneDrive. Guests own neither and are left out. */
export async function* people(graph: Graph, signal: AbortSignal): AsyncGenerator<Person> {
  const options = { scope: directoryScope, priority: 'incremental' as const, signal };
  let link: string | undefined;
  do {
    const page = await graph.page(userShape, link ?? '/users', {
      ...options,
      ...(link === undefined
        ? { query: { $select: 'id,displayName,userPrincipalName,mail,userType', $top: String(PAGE_SIZE) } }
        : {}),
    });
    for (const user of page.value) {
      if (user.userType === 'Guest') continue;
      const address = user.mail ?? user.userPrincipalName ?? '';
      yield { id: user.id, name: user.displayName ?? address, address };
    }
    link = page.nextLink;
  } while (link !== undefined);
}

/** Asks one question about everybody, twenty people a request, and hands on each with the answer. */
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
  for (const [index, person] of group.entries()) {
    const answer = answers[index];
    if (answer !== undefined) yield [person, answer];
  }
}
