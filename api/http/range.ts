/** Bytes [from, to) of a whole of `size`. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

/**
 * What a Range header asks for: undefined = everything (no range, several, another unit: a server may ignore those),
 * `none` = nothing of it is there (416).
 */
export function parseRange(header: string | null, size: number): ByteRange | undefined | 'none' {
  const match = /^bytes=\s*(\d*)-(\d*)\s*$/i.exec(header ?? '');
  if (match === null) return undefined;
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return undefined;
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? 'none' : { from: size - length, to: size };
  }
  const from = Number(first);
  const to = last === '' ? size : Math.min(Number(last) + 1, size);
  if (last !== '' && Number(last) < from) return undefined;
  return from >= size ? 'none' : { from, to };
}

/** False when the reader has a part of another version: then everything is sent. */
export const rangeStillCounts = (ifRange: string | null, etag: string): boolean =>
  ifRange === null || ifRange.trim() === etag;

/** `attachment` with a name that every browser writes to disk safely, and the true one for those that know UTF-8. */
export function attachment(fileName: string): string {
  const plain = fileName.replaceAll(/[^\x20-\x7e]|["\\/:*?<>|%]/g, '_').slice(0, 150) || 'item';
  // encodeURIComponent throws on half a surrogate pair, which a file name may hold.
  const encoded = encodeURIComponent(fileName.toWellFormed()).replaceAll(
    /['()*!]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
