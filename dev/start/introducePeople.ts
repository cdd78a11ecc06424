import { z } from 'zod';
import type { PlaygroundPerson } from './playground.ts';

const answer = z.object({ token: z.string() });

/**
 * Lets people sign in to the API once. The app learns roles from tokens alone, and the playground sends none: without this
 * nobody in the chat would have a role.
 */
export async function introducePeople(
  people: readonly PlaygroundPerson[],
  controlUrl: string,
  apiUrl: string,
): Promise<void> {
  for (const { id, name } of people) {
    const made = await fetch(`${controlUrl}/control/token`, { method: 'POST', body: JSON.stringify({ user: id }) });
    const { token } = answer.parse(await made.json());
    const known = await fetch(`${apiUrl}/me`, { headers: { Authorization: `Bearer ${token}` } });
    if (!known.ok) throw new Error(`The app does not know ${name}: GET /api/me answered ${known.status}`);
    await known.body?.cancel();
  }
}
