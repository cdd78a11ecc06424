import { randomUUID } from 'node:crypto';
import type { ItemId, PolicyId, RequestId, ResourceId, RunId, UserId } from '../engine/model/ids.ts';
import type { Clock } from '../engine/ports/clock.ts';
import { changeKept, readKept, type KeptRecords } from './keptRows.ts';

/** What a card may do when its button is pressed. The card itself carries only the id. */
export type Draft =
  | { readonly kind: 'backup'; readonly policies: readonly PolicyId[]; readonly resources: readonly ResourceId[] }
  | { readonly kind: 'restore'; readonly resourceId: ResourceId; readonly itemId: ItemId; readonly at?: string };

/** What came of a press; present from the first press on. */
export interface Outcome {
  readonly run?: RunId;
  readonly request?: RequestId;
}

interface Kept {
  readonly id: string;
  readonly draft: Draft;
  readonly madeAt: number;
  readonly outcome?: Outcome;
}

/**
 * Cards that wait for a press, kept on the server: bound to one person, used once, gone after a day. A restart of the
 * bot loses nothing; an edited, forwarded or late card does nothing.
 */
export interface Drafts {
  /** Keeps a draft for `person`; answers the id that goes into the card. */
  open(person: UserId, draft: Draft): Promise<string>;
  /** Undefined for an id that is not this person's, or is too old. */
  find(person: UserId, id: string): Promise<Draft | undefined>;
  /** True for the first press alone; later ones get what came of it, as far as it is known. */
  use(
    person: UserId,
    id: string,
  ): Promise<{ readonly first: true } | { readonly first: false; readonly outcome: Outcome }>;
  /** Writes down what came of the first press. */
  settle(person: UserId, id: string, outcome: Outcome): Promise<void>;
}

const draftMs = 24 * 3_600_000;
/** Open cards of one person; the oldest goes when another is drawn. */
const mostOpen = 20;

export function keptDrafts(records: KeptRecords, clock: Clock): Drafts {
  const keyOf = (person: UserId): string => `drafts:${person}`;
  const isFresh = (kept: Kept): boolean => clock.now() - kept.madeAt < draftMs;
  const change = (person: UserId, to: (kept: readonly Kept[]) => readonly Kept[]) =>
    changeKept<readonly Kept[]>(records, keyOf(person), (current = []) => to(current));

  return {
    async open(person, draft) {
      const id = randomUUID().replaceAll('-', '');
      await change(person, (kept) => [...kept.filter(isFresh).slice(1 - mostOpen), { id, draft, madeAt: clock.now() }]);
      return id;
    },

    async find(person, id) {
      const kept = (await readKept<readonly Kept[]>(records, keyOf(person))) ?? [];
      return kept.find((each) => each.id === id && isFresh(each))?.draft;
    },

    async use(person, id) {
      let answer: Awaited<ReturnType<Drafts['use']>> = { first: false, outcome: {} };
      await change(person, (kept) => {
        const found = kept.find((each) => each.id === id);
        if (found === undefined || found.outcome !== undefined) {
          answer = { first: false, outcome: found?.outcome ?? {} };
          return kept;
        }
        answer = { first: true };
        return kept.map((each) => (each === found ? { ...each, outcome: {} } : each));
      });
      return answer;
    },

    async settle(person, id, outcome) {
      await change(person, (kept) => kept.map((each) => (each.id === id ? { ...each, outcome } : each)));
    },
  };
}
