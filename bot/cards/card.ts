import {
  ActionSet,
  AdaptiveCard,
  Choice,
  ChoiceSetInput,
  Column,
  ColumnSet,
  Container,
  ExecuteAction,
  FactSet,
  Fact,
  OpenUrlAction,
  ProgressBar,
  RefreshDefinition,
  SubmitAction,
  TextBlock,
  TextInput,
  TimeInput,
  ToggleVisibilityAction,
} from '@microsoft/teams.cards';
import type { CardElement, IAdaptiveCard } from '@microsoft/teams.cards';
import type { CardAction } from '../../contract/cards.ts';
import type { Texts } from '../texts.ts';

/** A finished card, as data. */
export type Card = IAdaptiveCard;

export type Button =
  | {
      readonly title: string;
      readonly act: CardAction;
      readonly primary?: boolean;
      readonly destructive?: boolean;
      /** Behind the three dots, where a card has more than it should show. */
      readonly aside?: boolean;
    }
  | { readonly title: string; readonly url: string }
  /** Shows what is `hidden` under this id, and hides it again. */
  | { readonly title: string; readonly shows: string };

export interface CardParts {
  readonly heading: string;
  /** One sentence that says it all: spoken, and shown where cards are not. */
  readonly summary: string;
  readonly body?: readonly CardElement[];
  /** At most six on the whole card; three are better. */
  readonly buttons?: readonly Button[];
  /** Who sees another view: Teams asks for it with `act` when one of these people looks at the card. */
  readonly refresh?: { readonly act: CardAction; readonly userIds: readonly string[] };
}

/** More are not shown by Teams. */
const mostButtons = 6;

/** Every card of Holdfast: heading, words, buttons; spoken text and a fallback are never forgotten. */
export function card(text: Texts, parts: CardParts): Card {
  const buttons = parts.buttons ?? [];
  const made = new AdaptiveCard(heading(parts.heading), words(parts.summary), ...(parts.body ?? []));
  if (buttons.length > 0) made.body?.push(row(...buttons));
  const shown = JSON.stringify(made.body).match(/"type":"Action\.(Execute|OpenUrl|ToggleVisibility)"/g)?.length ?? 0;
  if (shown > mostButtons) throw new Error(`A card of ${shown} buttons; Teams shows ${mostButtons}`);
  if (parts.refresh !== undefined) {
    const { verb, ...data } = parts.refresh.act;
    made.refresh = new RefreshDefinition({
      action: new ExecuteAction({ title: parts.heading, verb, data }),
      userIds: [...parts.refresh.userIds],
    });
  }
  made.version = '1.5';
  made.lang = text.locale;
  made.speak = cutLine(`${parts.heading}. ${parts.summary}`);
  made.fallbackText = cutLine(`${parts.heading}. ${parts.summary}`);
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

/** Buttons below what they belong to. */
export const row = (...buttons: readonly Button[]): ActionSet => new ActionSet(...buttons.map(button));

/** One of several; `id` is the field of the press that it fills. */
export function choices(
  id: string,
  label: string,
  options: readonly { readonly title: string; readonly value: string }[],
  chosen: string,
  required: string,
): ChoiceSetInput {
  const input = new ChoiceSetInput(...options.map(({ title, value }) => new Choice({ title: cutLine(title), value })));
  input.id = id;
  input.label = cutLine(label);
  input.value = chosen;
  input.isRequired = true;
  input.errorMessage = required;
  input.wrap = true;
  return input;
}

/** A line to write into. */
export function line(
  id: string,
  label: string,
  look: { readonly placeholder?: string; readonly required?: string; readonly value?: string; readonly most: number },
): TextInput {
  const input = new TextInput({ id, label: cutLine(label), maxLength: look.most });
  if (look.placeholder !== undefined) input.placeholder = look.placeholder;
  if (look.value !== undefined) input.value = look.value;
  if (look.required !== undefined) {
    input.isRequired = true;
    input.errorMessage = look.required;
  }
  return input;
}

/** A time of day (`HH:MM`). */
export const timeOfDay = (id: string, label: string, value: string): TimeInput =>
  new TimeInput({ id, label: cutLine(label), value });

/** Words with the one thing that can be done about them at their side. */
export function withButton(it: Button, ...elements: readonly CardElement[]): ColumnSet {
  const act = new Column(row(it)).withWidth('auto');
  act.verticalContentAlignment = 'Center';
  return new ColumnSet({ columns: [new Column(...elements).withWidth('stretch'), act] });
}

/** Not there until a button that `shows` it is pressed. */
export function hidden(id: string, ...elements: readonly CardElement[]): Container {
  const container = new Container(...elements);
  container.id = id;
  container.isVisible = false;
  return container;
}

/** Elements in one line, each as wide as the others. */
export const beside = (...elements: readonly CardElement[]): ColumnSet =>
  new ColumnSet({ columns: elements.map((element) => new Column(element).withWidth('stretch')) });

/** How far something is; `said` where bars are not drawn, nothing where the card says it anyway. */
export function progress(done: number, total: number, said?: string): ProgressBar {
  const bar = new ProgressBar({ value: Math.min(done, total), max: total });
  bar.fallback = said === undefined ? 'drop' : words(said);
  return bar;
}

function button(it: Button): ExecuteAction | OpenUrlAction | ToggleVisibilityAction {
  if ('shows' in it) return new ToggleVisibilityAction({ title: it.title, targetElements: [it.shows] });
  if ('url' in it) {
    const open = new OpenUrlAction(it.url);
    open.title = it.title;
    return open;
  }
  const { verb, ...data } = it.act;
  const execute = new ExecuteAction({ title: it.title, verb, data });
  if (it.primary === true) execute.style = 'positive';
  if (it.destructive === true) execute.style = 'destructive';
  if (it.aside === true) execute.mode = 'secondary';
  execute.associatedInputs = 'auto';
  // Hosts without Action.Execute send the same data as a message.
  execute.fallback = new SubmitAction({ title: it.title, data: { ...data, verb } });
  return execute;
}

const longest = 400;

/** Text of people's own making cannot become a link, an image, a list or a mention. */
export const plain = (line: string): string => {
  const oneLine = cutLine(line);
  return oneLine
    .replaceAll(/([\\`*_{}[\]()#+!|<>~])/g, String.raw`\$1`)
    .replaceAll(/^(\d+)\./g, String.raw`$1\.`)
    .replaceAll(/^-/g, String.raw`\-`);
};

/** One line without control characters, of bounded length. */
const cutLine = (text: string): string => {
  const clean = text
    .toWellFormed()
    // What sets a name apart that runs the other way stays; it ends with the line at the latest.
    .replaceAll(/(?![\u2068\u2069])[\p{Cc}\p{Cf}]+/gu, ' ')
    .trim();
  return clean.length > longest ? `${clean.slice(0, longest - 1).toWellFormed()}…` : clean;
};
