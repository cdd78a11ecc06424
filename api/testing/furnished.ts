import { ApiProblem } from '../../contract/client.ts';
import { apiWorld, type ApiWorld } from './world.ts';

export const message = 'From: a@example\r\nSubject: Budget\r\n\r\nfigures of the year';

/** A mailbox with a folder, two messages, one of them deleted since; a second mailbox of somebody else. */
export async function furnished(): Promise<ApiWorld> {
  const world = await apiWorld();
  await world.publish(world.mail.anna, [
    { name: 'Inbox', isFolder: true },
    {
      name: 'Budget',
      parent: 'Inbox',
      content: message,
      receivedAt: '2026-05-01T10:00:00.000Z',
      from: 'Ben Ode <ben@contoso.example>',
    },
    { name: 'Old news', parent: 'Inbox', content: 'gone soon', receivedAt: '2026-04-01T10:00:00.000Z' },
  ]);
  await world.publish(
    world.mail.anna,
    [{ name: 'Later', parent: 'Inbox', content: 'x'.repeat(70_000), receivedAt: '2026-05-20T10:00:00.000Z' }],
    ['Old news'],
  );
  await world.publish(world.mail.ben, [
    { name: 'Secret plan', content: 'eyes only', receivedAt: '2026-05-02T10:00:00.000Z' },
  ]);
  return world;
}

/** For `assert.rejects`: a problem of this status, with words that match. */
export const refusedWith = (status: number, text?: RegExp) => (error: unknown) =>
  error instanceof ApiProblem && error.status === status && (text === undefined || text.test(error.message));
