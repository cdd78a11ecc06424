import { shortened, type Texts } from '../texts.ts';
import { card, words, type Card } from './card.ts';
import type { ShownHit } from './search.ts';
import { workloadTitle } from './status.ts';

/**
 * What stands in somebody's message after they chose a hit: that it is something of the backup, and a link that asks for
 * the rights of whoever follows it. Its name and date only where the writer chose to share them.
 */
export const sharedCard = (
  text: Texts,
  hit: ShownHit,
  facing: { readonly named: boolean; readonly consoleUrl: string },
): Card =>
  card(text, {
    heading: facing.named ? nameOf(text, hit) : text('shared.heading'),
    summary: text(facing.named ? 'shared.named' : 'shared.text', {
      kind: workloadTitle(text, hit.workload),
      date: hit.date === undefined ? 'none' : text.moment(hit.date),
    }),
    ...(facing.named ? {} : { body: [words(text('shared.rights'), { subtle: true, small: true })] }),
    buttons: [{ title: text('button.openRestore'), url: facing.consoleUrl }],
  });

export const nameOf = (text: Texts, { name }: ShownHit): string =>
  name === '' ? text('search.unnamed') : shortened(name);
