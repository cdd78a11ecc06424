/** A header as it stands in a message, unfolded. */
export interface Header {
  readonly key: string;
  readonly value: string;
}

/** Knows the lines that may part a message. */
export interface Separators {
  /** Takes in what the headers of a part say of those inside it. */
  learn(headers: readonly Header[]): void;
  /** `line` without its end. Never false of a line that parts the message; may be true of others. */
  mayBe(line: string): boolean;
}

const ANY_TYPE = /^\s*([\w!#$&^.+-]+)\/[\w!#$&^.+-]+\s*(?:;|$)/;
/** Nothing but a type and plain parameters: no comments, no escapes, no values in sections. */
const PLAIN = /^[^;"()\\]*(?:;\s*(?:[^;="()\\\s*]+\s*=\s*(?:"[^"\\]*"|[^;"()\\\s]*)\s*)?)*$/;
const PARAMETER = /;\s*(?:([^;="\s]+)\s*=\s*(?:"([^"]*)"|([^;"\s]*)))?/g;
/** No sensible header is longer, and its spaces are not worth counting. */
const LONGEST_VALUE = 4096;

/**
 * Separators by the boundaries that headers name. A header that is not written plainly could mean anything: from there on
 * every line that begins as a separator counts as one.
 */
export function createSeparators(): Separators {
  const boundaries = new Set<string>();
  let isAnything = false;
  return {
    learn(headers) {
      for (const { key, value } of headers) {
        if (key !== 'content-type') continue;
        const type = ANY_TYPE.exec(value)?.[1];
        if (type !== undefined && type.toLowerCase() !== 'multipart') continue;
        if (value.length > LONGEST_VALUE || !PLAIN.test(value)) {
          isAnything = true;
          continue;
        }
        for (const [, name, quoted, token] of value.matchAll(PARAMETER))
          if (name?.toLowerCase() === 'boundary') boundaries.add((quoted ?? token ?? '').trimEnd());
      }
    },
    mayBe(line) {
      if (!line.startsWith('--')) return false;
      const name = line.slice(2).trimEnd();
      return isAnything || boundaries.has(name) || (name.endsWith('--') && boundaries.has(name.slice(0, -2).trimEnd()));
    },
  };
}
