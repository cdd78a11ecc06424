import {
  ActionSet,
  AdaptiveCard,
  ExecuteAction,
  FactSet,
  Fact,
  OpenUrlAction,
  SubmitAction,
  TextBlock,
} from '@microsoft/teams.cards';
import type { CardElement, IAdaptiveCard } from '@microsoft/teams.cards';
import type { CardAction } from '../../contract/cards.ts';
import type { Texts } from '../texts.ts';

/** A finished card, as data. */
export type Card = IAdaptiveCard;

export type Button =
  | { readonly title: string; readonly act: CardAction; readonly primary?: boolean; readonly destructive?: boolean }
  | { readonly title: string; readonly url: string };

export interface CardParts {
  readonly heading: string;
  /** One sentence that says it all: spoken, and shown where cards are not. */
  readonly summary: string;
  readonly body?: readonly CardElement[];
  /** At most six; three are better. */
  readonly buttons?: readonly Button[];
}

/** Every card of Holdfast: heading, words, buttons; spoken text and a fallback are never forgotten. */
export function card(text: Texts, parts: CardParts): Card {
  const buttons = parts.buttons ?? [];
  if (buttons.length > 6) throw new Error(`The card "${parts.heading}" has ${buttons.length} buttons; Teams shows six`);
  const made = new AdaptiveCard(heading(parts.heading), words(parts.summary), ...(parts.body ?? []));
  if (buttons.length > 0) made.body?.push(new ActionSet(...buttons.map(button)));
  made.version = '1.5';
  made.lang = text.locale;
  made.speak = plainLine(`${parts.heading}. ${parts.summary}`);
  made.fallbackText = plainLine(`${parts.heading}. ${parts.summary}`);
  return JSON.parse(JSON.stringify(made)) as Card;
}

const heading = (line: string): TextBlock => {
  const block = new TextBlock(plain(line));
  block.style = 'heading';
  block.size = 'Large';
  block.weight = 'Bolder';
  block.wrap = true;
  return block;
};

/** Words that wrap. What people named (subjects, files, folders) is shown as it is, never as Markdown. */
export function words(
  line: string,
  look: { readonly subtle?: boolean; readonly bold?: boolean; readonly small?: boolean } = {},
): TextBlock {
  const block = new TextBlock(plain(line));
  block.wrap = true;
  if (look.subtle === true) block.isSubtle = true;
  if (look.bold === true) block.weight = 'Bolder';
  if (look.small === true) block.size = 'Small';
  return block;
}

export const facts = (rows: readonly (readonly [string, string])[]): FactSet =>
  new FactSet(...rows.map(([title, value]) => new Fact(plain(title), plain(value))));

function button(it: Button): ExecuteAction | OpenUrlAction {
  if ('url' in it) {
    const open = new OpenUrlAction(it.url);
    open.title = it.title;
    return open;
  }
  const { verb, ...data } = it.act;
  const execute = new ExecuteAction({ title: it.title, verb, data });
  if (it.primary === true) execute.style = 'positive';
  if (it.destructive === true) execute.style = 'destructive';
  execute.associatedInputs = 'auto';
  // Hosts without Action.Execute send the same data as a message.
  execute.fallback = new SubmitAction({ title: it.title, data: { ...data, verb } });
  return execute;
}

const longest = 400;

/** Text of people's own making cannot become a link, an image, a list or a mention. */
export const plain = (line: string): string => {
  const oneLine = plainLine(line);
  return oneLine
    .replaceAll(/([\\`*_{}[\]()#+!|<>~])/g, String.raw`\$1`)
    .replaceAll(/^(\d+)\./g, String.raw`$1\.`)
    .replaceAll(/^-/g, String.raw`\-`);
};

const plainLine = (line: string): string => {
  const clean = line
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .trim();
  return clean.length > longest ? `${clean.slice(0, longest - 1).toWellFormed()}…` : clean;
};
