import { Fault } from '../engine/fault.ts';

/*
 * Azure Tables forbids / \ # ? and control characters in keys, and the SDK's reading of transaction answers trips over
 * quotes, percent signs and closing braces. Each such character is written as the allowed character just before it in
 * UTF-16 order plus a digit, and that character itself as itself plus a smaller digit: so the order of keys stays, and
 * no two keys become one.
 */
const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';

const families: readonly { readonly mark: string; readonly members: string }[] = [
  { mark: '"', members: '"#' },
  { mark: '$', members: '$%' },
  { mark: '&', members: "&'" },
  { mark: '.', members: './' },
  { mark: '>', members: '>?' },
  { mark: '[', members: '[\\' },
  { mark: '|', members: '|}' },
  { mark: '~', members: String.fromCharCode(0x7e, ...Array.from({ length: 0x21 }, (_, i) => 0x7f + i)) },
  // No allowed character comes before the first control characters: they take the one behind them, in last place.
  { mark: ' ', members: String.fromCharCode(...Array.from({ length: 0x21 }, (_, i) => i)) },
];

const escapes = new Map(
  families.flatMap(({ mark, members }) =>
    members.split('').map((member, i) => [member, `${mark}${digits[i]}`] as const),
  ),
);
const originals = new Map([...escapes].map(([original, escaped]) => [escaped, original]));
const toEscape = new RegExp(
  `[${[...escapes.keys()].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}]`,
  'g',
);
const toOpen = new RegExp(`[${families.map(({ mark }) => RegExp.escape(mark)).join('')}][0-9A-Z]?`, 'g');

/** A key as Azure takes it. Keeps the order of keys. */
export const escapeKey = (key: string): string => key.replace(toEscape, (c) => escapes.get(c) ?? c);

/** What `escapeKey` was given. Fault `corrupt` for a key that it cannot have made. */
export const openKey = (escaped: string): string =>
  escaped.replace(toOpen, (pair) => {
    const original = originals.get(pair);
    if (original === undefined)
      throw new Fault('corrupt', 'A key of a table row was not written by Holdfast', { origin: 'storage' });
    return original;
  });
