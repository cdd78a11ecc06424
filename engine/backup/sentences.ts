/** With a stop at its end. */
export const asSentence = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`);

/** Several reasons as one text, each once, the most important first; undefined when there is none. One stays as it is. */
export function joinReasons(reasons: readonly string[]): string | undefined {
  const each = [...new Set(reasons)];
  return each.length < 2 ? each[0] : each.map(asSentence).join(' ');
}
