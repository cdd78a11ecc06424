import { shortened, type Texts } from '../texts.ts';
import { card, choices, withButton, words, type Card } from './card.ts';
import { workloadWord } from './status.ts';

export interface ShownHit {
  readonly resourceId: string;
  readonly itemId: string;
  readonly at: string;
  readonly name: string;
  readonly workload: string;
  readonly owner: string;
  readonly from?: string;
  readonly date?: string;
  readonly size: number;
  readonly copyAt: string;
}

/** Hits with a button each; with the link that makes six. */
export const mostShown = 5;

export function resultCard(
  text: Texts,
  found: {
    readonly hits: readonly ShownHit[];
    /** How the sentence was understood. */
    readonly understood: string;
    readonly count: number;
    /** There may be more: the search was cut short. */
    readonly more: boolean;
    /** Names of backups that could not be looked through. */
    readonly unreadable: readonly string[];
    readonly consoleUrl: string;
  },
): Card {
  return card(text, {
    heading: text('search.heading', { count: found.count }),
    summary: text(found.more ? 'search.more' : 'search.text', { understood: found.understood, count: found.count }),
    body: [
      ...incomplete(text, found.unreadable),
      ...found.hits.slice(0, mostShown).map((hit) =>
        withButton(
          {
            title: text('button.restoreHit'),
            act: { verb: 'restore.form', resourceId: hit.resourceId, itemId: hit.itemId, at: hit.at },
          },
          words(hit.name === '' ? text('search.unnamed') : shortened(hit.name), { bold: true }),
          words(hitLine(text, hit), { subtle: true, small: true }),
        ),
      ),
    ],
    buttons: [{ title: text('button.openRestore'), url: found.consoleUrl }],
  });
}

/** What is not shown may be there all the same. */
export const incompleteSentence = (text: Texts, unreadable: readonly string[]): string =>
  text('search.incomplete', {
    count: unreadable.length,
    names: new Intl.ListFormat(text.locale).format(unreadable.slice(0, mostShown)),
  });

const incomplete = (text: Texts, unreadable: readonly string[]) =>
  unreadable.length === 0 ? [] : [words(incompleteSentence(text, unreadable))];

/** Kind, whose, from whom, when, how large, and of when the copy is. */
export const hitLine = (text: Texts, hit: ShownHit): string =>
  [
    workloadWord(text, hit.workload),
    hit.owner,
    ...(hit.from === undefined ? [] : [text('search.from', { from: hit.from })]),
    ...(hit.date === undefined ? [] : [text.moment(hit.date)]),
    text.bytes(hit.size),
    text('search.copy', { moment: text.moment(hit.copyAt) }),
  ].join(' · ');

export interface PersonChoice {
  readonly id: string;
  readonly name: string;
  readonly address?: string;
}

/** Two people of one name: which one is meant. */
export const whichPersonCard = (
  text: Texts,
  asked: {
    readonly name: string;
    readonly q: string;
    readonly deleted: boolean;
    readonly people: readonly PersonChoice[];
  },
): Card =>
  card(text, {
    heading: text('which.heading', { name: asked.name }),
    summary: text('which.text', { count: asked.people.length }),
    body: [
      choices(
        'person',
        text('which.label'),
        [
          ...asked.people.slice(0, mostShown).map(({ id, name, address }) => ({
            title: address === undefined ? name : text('which.person', { name, address }),
            value: id,
          })),
          { title: text('which.else'), value: '*' },
        ],
        asked.people[0]?.id ?? '*',
        text('which.required'),
      ),
    ],
    buttons: [
      {
        title: text('button.search'),
        act: { verb: 'search.run', q: asked.q, ...(asked.deleted ? { deleted: true } : {}) },
        primary: true,
      },
    ],
  });

export type Filter = 'dates' | 'person' | 'workload' | 'words';

/** Nothing found: names the filter without which there would be most. */
export const noResultCard = (
  text: Texts,
  asked: {
    readonly understood: string;
    readonly closest?: { readonly filter: Filter; readonly count: number; readonly sentence: string };
    readonly sentence: string;
    readonly deleted: boolean;
    readonly stillLooking: boolean;
    readonly unreadable: readonly string[];
    readonly consoleUrl: string;
  },
): Card =>
  card(text, {
    heading: text(asked.stillLooking ? 'nothing.yet' : 'nothing.heading'),
    summary: text(asked.stillLooking ? 'nothing.stillLooking' : 'nothing.text', { understood: asked.understood }),
    body: [
      ...incomplete(text, asked.unreadable),
      ...(asked.closest === undefined
        ? []
        : [words(text(`nothing.${asked.closest.filter}`, { count: asked.closest.count }))]),
    ],
    buttons: [
      ...(asked.closest === undefined || asked.closest.sentence === ''
        ? []
        : [
            {
              title: text(`button.any.${asked.closest.filter}`),
              act: { verb: 'search.run', q: asked.closest.sentence },
              primary: true,
            } as const,
          ]),
      ...(asked.deleted || asked.sentence === ''
        ? []
        : [
            {
              title: text('button.deleted'),
              act: { verb: 'search.run', q: asked.sentence, deleted: true },
            } as const,
          ]),
      { title: text('button.openRestore'), url: asked.consoleUrl },
    ],
  });
