import type { Card } from '../cards/card.ts';
import { hitLine, incompleteSentence } from '../cards/search.ts';
import { nameOf, sharedCard } from '../cards/shared.ts';
import { sightOf } from '../access.ts';
import { changeKept } from '../keptRows.ts';
import type { Asked } from '../turn.ts';
import { lookFor, resourceNames, shownHit } from './find.ts';
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
/** A refusal is written down again after so long. */
const refusalMs = 3_600_000;

/** At most once an hour of each person: the list is asked for at every letter. */
async function noteRefusal(asked: Asked): Promise<void> {
  const { services, actor, now } = asked;
  let isNew = false;
  await changeKept<number>(services.records, `refusedQuery:${actor.id}`, (last) => {
    isNew = last === undefined || now - last >= refusalMs;
    return isNew ? now : (last ?? now);
  });
  if (isNew) await audit(asked, 'search.run', {}, 'refused');
}

/** "Find in Holdfast": the hits of `find`, for the same people, to be put into a message. */
export async function findToShare(asked: Asked, sentence: string): Promise<ComposeAnswer> {
  const { services, texts, actor } = asked;
  if (sentence.trim().length < fewestLetters) return { text: texts('ask.text') };
  const sight = await sightOf(services.records, actor);
  if (!sight.selfService && actor.roles.length === 0) {
    await noteRefusal(asked);
    return { text: texts('help.notEnabled') };
  }
  const { found, understood } = await lookFor(asked, sight, sentence.slice(0, 400), patienceMs);
  const damaged = resourceNames(texts, found.unreadable);
  const incomplete = damaged.length === 0 ? [] : [incompleteSentence(texts, damaged)];
  if (found.hits.length === 0) {
    const nothing = texts(found.more ? 'nothing.stillLooking' : 'nothing.text', { understood });
    return { text: [nothing, ...incomplete].join(' ') };
  }
  const hits = await Promise.all(
    found.hits.slice(0, mostHits).map(async (hit) => ({
      shown: await shownHit(services.records, hit),
      consoleUrl: services.consoleUrl(
        `restore/browse/${hit.resourceId}/${hit.pointId}/${hit.entry.parentId ?? 'root'}/${hit.entry.id}`,
      ),
    })),
  );
  return {
    choices: hits.flatMap(({ shown, consoleUrl }, index) => [
      {
        title: nameOf(texts, shown),
        // The list has no line of its own for what is wrong with it: the first hit carries it, to its reader alone.
        text: [...(index === 0 ? incomplete : []), hitLine(texts, shown)].join(' '),
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
