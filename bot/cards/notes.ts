import { shortened, type Texts } from '../texts.ts';
import { card, facts, line, type Card } from './card.ts';
import type { CommandName } from '../words.ts';

/** Somebody asked for what their role does not allow. */
export const noRoleCard = (text: Texts, role: string): Card =>
  card(text, {
    heading: text('noRole.heading'),
    summary: text('noRole.text', { role }),
    buttons: [{ title: text('button.help'), act: { verb: 'help.show' } }],
  });

/** A known refusal, in the sentence of whoever refused. */
export const refusedCard = (text: Texts, why: string): Card =>
  card(text, { heading: text('refused.heading'), summary: why });

export const errorCard = (text: Texts, cause: string, reference: string): Card =>
  card(text, {
    heading: text('error.heading'),
    // Reasons come with and without a full stop.
    summary: text('error.text', { cause: /[.!?…]$/.test(cause) ? cause : `${cause}.`, reference }),
    buttons: [{ title: text('button.help'), act: { verb: 'help.show' } }],
  });

/** The first words meant nothing; what was written may be something to look for. */
export const unknownCard = (text: Texts, said: string): Card =>
  card(text, {
    heading: text('unknown.heading'),
    summary: text('unknown.text', { said: shortened(said) }),
    buttons: [
      ...(said === ''
        ? []
        : [
            {
              title: text('button.search'),
              act: { verb: 'search.run', q: said.slice(0, 400) },
              primary: true,
            } as const,
          ]),
      { title: text('button.help'), act: { verb: 'help.show' } },
    ],
  });

/** Asks for a search sentence, where a command came without one. */
export const askCard = (text: Texts, purpose: 'find' | 'restore'): Card =>
  card(text, {
    heading: text(`ask.${purpose}.heading`),
    summary: text('ask.text'),
    body: [
      line('q', text('ask.label'), { placeholder: text('ask.placeholder'), required: text('ask.required'), most: 400 }),
    ],
    // The field replaces the words of the button.
    buttons: [{ title: text('button.search'), act: { verb: 'search.run', q: '*' }, primary: true }],
  });

export interface HelpFacts {
  readonly commands: readonly CommandName[];
  readonly selfService: boolean;
  readonly consoleUrl: string;
  /** First name, for the first card that somebody sees. */
  readonly welcome?: string;
}

export const helpCard = (text: Texts, shown: HelpFacts): Card =>
  card(text, {
    heading: shown.welcome === undefined ? text('help.heading') : text('welcome.heading', { first: shown.welcome }),
    summary: shown.selfService || shown.commands.includes('report') ? text('help.summary') : text('help.notEnabled'),
    body: [helpLines(text, shown.commands)],
    buttons: [
      { title: text('button.open'), url: shown.consoleUrl },
      { title: text('button.status'), act: { verb: 'status.show' } },
    ],
  });

const helpLines = (text: Texts, commands: readonly CommandName[]) =>
  facts(commands.map((name) => [text(`command.${name}.title`), text(`command.${name}.help`)]));

/** The bot came to a team or group chat. */
export const channelWelcomeCard = (text: Texts): Card =>
  card(text, {
    heading: text('channelWelcome.heading'),
    summary: text('channelWelcome.text'),
    buttons: [
      { title: text('button.status'), act: { verb: 'status.show' } },
      { title: text('button.notifications'), act: { verb: 'notifications.show' } },
    ],
  });
