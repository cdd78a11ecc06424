import type { RestoreRequest } from '../../engine/model/restoreRequest.ts';
import type { Texts } from '../texts.ts';
import { card, words, type Card } from './card.ts';
import { settingsButton } from './report.ts';

/** Somebody else took something out of this reader's data: who, how much, where to. Nothing of what it was. */
export function ownerCard(
  text: Texts,
  { asker, counts, destination, finishedAt, createdAt }: Partial<RestoreRequest>,
  facing: { readonly consoleUrl: string },
): Card {
  const said = {
    name: asker?.name ?? '',
    count: counts?.restored ?? 0,
    moment: text.moment(finishedAt ?? createdAt ?? ''),
    place: text(`destination.${destination?.kind ?? 'original'}`),
  };
  return card(text, {
    heading: text('owner.heading'),
    summary: text(destination?.kind === 'download' ? 'owner.download' : 'owner.restored', said),
    body: [words(text('why.owner'), { subtle: true, small: true })],
    buttons: [{ title: text('button.open'), url: facing.consoleUrl }, settingsButton(text)],
  });
}
