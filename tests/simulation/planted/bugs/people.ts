import type { PlantedBug } from '../plantedBug.ts';

/** Who may do what, and for whom. */
export const peopleBugs: readonly PlantedBug[] = [
  {
    name: 'card action by other user',
    breaks: ['F25'],
    harm: 'A card that was forwarded lets its reader start what only its owner may.',
    patches: [
      {
        file: 'bot/drafts.ts',
        find: 'const keyOf = (person: UserId): string => `drafts:${person}`;',
        replace: 'const keyOf = (_person: UserId): string => `drafts:`;',
      },
    ],
    caughtBy: { file: 'bot/conversation.test.ts', only: 'does nothing for a press by another person' },
  },
  {
    name: 'token of other tenant',
    breaks: ['I32'],
    harm: 'Whoever signs in at another organisation reads the backups of this one.',
    patches: [
      {
        file: 'api/http/tokens.ts',
        find: 'if (data.tid !== rules.tenantId || !rules.allowedClients.has(data.azp)) throw unauthenticated();',
        replace: 'if (!rules.allowedClients.has(data.azp)) throw unauthenticated();',
      },
    ],
    caughtBy: { file: 'api/http/tokens.test.ts' },
  },
];
