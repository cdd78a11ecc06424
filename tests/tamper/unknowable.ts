import type { Tamper, TamperKind } from './tampers.ts';

interface Unknowable {
  readonly target: string;
  readonly tampers: readonly TamperKind[];
  /** What differs. */
  readonly part: RegExp;
  /** What was done, where not all of it is meant. */
  readonly what?: RegExp;
  readonly why: string;
}

/**
 * Rows that are not part of the chained log and of which no copy exists: a state without them, or with their former one, is
 * a state that storage can rightly be in. None of them decides what a restore point holds. All of them together with
 * everything else, a whole account put back to yesterday, shows against the head of the audit log that is kept elsewhere.
 */
const unknowables: readonly Unknowable[] = [
  {
    target: 'head row',
    tampers: ['flip'],
    part: /^head \d$/,
    what: /^fence = /,
    why: 'a job that took over and was killed before it wrote anything leaves a higher fence in just this way',
  },
  {
    target: 'outbox row',
    tampers: ['delete', 'older'],
    part: /^outbox$/,
    why: 'a message that was sent leaves the outbox in just this way',
  },
  {
    target: 'restore journal row',
    tampers: ['delete', 'older'],
    part: /^requests$/,
    why: 'journals of restores are rows only; a restore that goes on finds what is at the target',
  },
  {
    target: 'requests request row',
    tampers: ['older'],
    part: /^requests$/,
    why: 'a restore may be taken up again after it ended; its audit entries stand in the chained log',
  },
  ...['damage count row', 'damaged item row', 'damaged point row'].map((target) => ({
    target,
    tampers: ['delete'] as const,
    part: /^damage/,
    why: 'what was fetched again leaves the list in just this way; the next verification finds what is still damaged',
  })),
  {
    target: 'evidence row',
    tampers: ['delete'],
    part: /^inspections$/,
    why: 'what a verification found is a row only; the next one finds it again',
  },
  {
    target: 'resources row',
    tampers: ['older'],
    part: /^resources$/,
    why: 'each run writes it anew; what it holds is found again at the source',
  },
];

/** Why a change of this kind cannot be told from a state that storage may be in; undefined where it must be told. */
export const whyUnknowable = ({ kind, target, what }: Tamper, part: string): string | undefined =>
  unknowables.find(
    (known) =>
      known.target === target.kind &&
      known.tampers.includes(kind) &&
      known.part.test(part) &&
      (known.what?.test(what) ?? true),
  )?.why;
