/** Text from a repository on a terminal: nothing in it moves the cursor, changes colours or turns the writing direction. */
export const shown = (text: string): string => text.toWellFormed().replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\uFFFD');

const units = ['bytes', 'KB', 'MB', 'GB', 'TB'] as const;

/** `12.3 MB`. */
export function bytesShown(bytes: number): string {
  let value = bytes;
  let unit = 0;
  for (; value >= 1000 && unit < units.length - 1; unit++) value /= 1000;
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

export const countShown = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`;

/** Characters that take two columns of a terminal. */
const WIDE =
  /^[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{Emoji_Presentation}\u3000-\u303F\uFF01-\uFF60]/u;
const characters = new Intl.Segmenter('en');
const columnsOf = (text: string): number => {
  let columns = 0;
  for (const { segment } of characters.segment(text)) columns += WIDE.test(segment) ? 2 : 1;
  return columns;
};

/** Rows under their heads, columns as wide as they need to be. */
export function tableShown(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => columnsOf(row[column] ?? ''))));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - columnsOf(cell))))
      .join('  ')
      .trimEnd();
  return [heads, ...rows].map(line).join('\n');
}
