import { CardFactory, type MessagingExtensionResponse } from 'botbuilder';
import { z } from 'zod';
import type { ComposeAnswer } from '../commands/compose.ts';

const asked = z.looseObject({
  parameters: z.array(z.looseObject({ name: z.string(), value: z.unknown() })).max(10),
});

/** What was written into the box; empty when the list was only opened. */
export function readSentence(query: unknown): string {
  const sentence = asked.safeParse(query).data?.parameters.find(({ name }) => name === 'sentence')?.value;
  return typeof sentence === 'string' ? sentence.slice(0, 400) : '';
}

/** The list under the compose box: each line leads to the card that its choice puts into the message. */
export const choiceList = (answer: ComposeAnswer): MessagingExtensionResponse => ({
  composeExtension:
    'text' in answer
      ? { type: 'message', text: answer.text }
      : {
          type: 'result',
          attachmentLayout: 'list',
          attachments: answer.choices.map(({ title, text, card }) => ({
            ...CardFactory.adaptiveCard(card),
            preview: CardFactory.thumbnailCard(bare(title), undefined, undefined, { text: bare(text) }),
          })),
        },
});

/** These lines take HTML: what people named must not be some. */
const bare = (line: string): string =>
  line.replaceAll('<', '\u2039').replaceAll('>', '\u203A').replaceAll('&', '\uFF06');
