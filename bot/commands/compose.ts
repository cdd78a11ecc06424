import type { Card } from '../cards/card.ts';
import { hitLine } from '../cards/search.ts';
import { nameOf, sharedCard } from '../cards/shared.ts';
import { sightOf } from '../access.ts';
import type { Asked } from '../turn.ts';
import { lookFor, shownHit } from './find.ts';
import { audit } from './refuse.ts';

/** What the list under the compose box shows to its reader alone, and what stands in the message when it is chosen. */
export interface Choice {
  readonly title: string;
  readonly text: string;
  readonly card: Card;
}

export type ComposeAnswer = { readonly choices: readonly Choice[] } | { readonly text: string };

/** Each hit stands in the list twice: without and with its name. */
const mostHits = 8;
/** Teams waits five seconds. */
const patienceMs = 2500;
/** It asks at every letter. */
const fewestLetters = 2;

/** "Find in Holdfast": the hits of `find`, for the same people, to be put into a message. */
export async function findToShare(asked: Asked, sentence: string): Promise<ComposeAnswer> {
  const { services, texts, actor } = asked;
  const sight = await sightOf(services.records, actor);
  if (!sight.selfService && actor.roles.length === 0) {
    await audit(asked, 'search.run', {}, 'refused');
    return { text: texts('help.notEnabled') };
  }
  if (sentence.trim().length < fewestLetters) return { text: texts('ask.text') };
  const { found, understood } = await lookFor(asked, sight, sentence.slice(0, 400), patienceMs);
  if (found.hits.length === 0)
    return { text: texts(found.more ? 'nothing.stillLooking' : 'nothing.text', { understood }) };
  const hits = await Promise.all(
    found.hits.slice(0, mostHits).map(async (hit) => ({
      shown: await shownHit(services.records, hit),
      consoleUrl: services.consoleUrl(
        `restore/browse/${hit.resourceId}/${hit.pointId}/${hit.entry.parentId ?? 'root'}/${hit.entry.id}`,
      ),
    })),
  );
  return {
    choices: hits.flatMap(({ shown, consoleUrl }) => [
      {
        title: nameOf(texts, shown),
        text: hitLine(texts, shown),
        card: sharedCard(texts, shown, { named: false, consoleUrl }),
      },
      {
        title: texts('shared.share', { name: nameOf(texts, shown) }),
        text: texts('shared.shareText'),
        card: sharedCard(texts, shown, { named: true, consoleUrl }),
      },
    ]),
  };
}
