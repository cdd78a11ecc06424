import type { RestoreRequest } from '../../engine/model/restoreRequest.ts';
import type { Texts } from '../texts.ts';
import { card, words, type Card } from './card.ts';
import { settingsButton } from './report.ts';

/**
 * Somebody else took something out of this reader's data: who, where to, and how much where it was theirs alone. Nothing
 * of what it was, or of others.
 */
export function ownerCard(
  text: Texts,
  { asker, counts, destination, finishedAt, createdAt, owners = [], sources = [] }: Partial<RestoreRequest>,
  facing: { readonly consoleUrl: string },
): Card {
  const said = {
    name: asker?.name ?? '',
    count: counts?.restored ?? 0,
    moment: text.moment(finishedAt ?? createdAt ?? ''),
    place: text(`destination.${destination?.kind ?? 'original'}`),
  };
  const deed = destination?.kind === 'download' ? 'download' : 'restored';
  // Of a restore that was cut off nobody may know how many, nor of one with other people's data how many were theirs.
  const isShared = Math.max(owners.length, sources.length) > 1 || said.count === 0;
  return card(text, {
    heading: text('owner.heading'),
    summary: text(isShared ? `owner.${deed}.shared` : `owner.${deed}`, said),
    body: [words(text('why.owner'), { subtle: true, small: true })],
    buttons: [{ title: text('button.open'), url: facing.consoleUrl }, settingsButton(text)],
  });
}
