/**
 * A ZIP archive whose bytes are a pure function of its list of files, so that a download can start anywhere and go on
 * after a break without being kept anywhere: files are stored uncompressed with sizes and CRC known beforehand, ZIP64
 * fields where a size or offset needs them, names in UTF-8. (APPNOTE.TXT 6.3.10)
 */
export interface ZipFile {
  readonly path: string;
  readonly size: number;
  readonly crc32: number;
  readonly modifiedAt?: string;
}

export interface ZipPiece {
  /** First byte in the archive. */
  readonly at: number;
  readonly length: number;
  /** Bytes of the archive's own structure, or the index of the file whose content stands here. */
  readonly content: Uint8Array | number;
}

export interface ZipLayout {
  readonly size: number;
  readonly pieces: readonly ZipPiece[];
}

const limit32 = 0xffffffff;
const utf8Names = 0x0800;
const version45 = 45;

export function zipLayout(files: readonly ZipFile[]): ZipLayout {
  const pieces: ZipPiece[] = [];
  let at = 0;
  const put = (content: Uint8Array): void => {
    pieces.push({ at, length: content.length, content });
    at += content.length;
  };
  const offsets: number[] = [];
  for (const [index, file] of files.entries()) {
    offsets.push(at);
    put(localHeader(file));
    pieces.push({ at, length: file.size, content: index });
    at += file.size;
  }
  const directoryAt = at;
  for (const [index, file] of files.entries()) put(directoryEntry(file, offsets[index] ?? 0));
  put(archiveEnd(files.length, directoryAt, at - directoryAt));
  return { size: at, pieces };
}

/** Bytes [from, to) of the archive; `open` gives bytes [from, to) of a file's content. */
export async function* zipBytes(
  layout: ZipLayout,
  from: number,
  to: number,
  open: (file: number, from: number, to: number) => AsyncIterable<Uint8Array>,
): AsyncIterable<Uint8Array> {
  for (const piece of layout.pieces) {
    const first = Math.max(from, piece.at);
    const last = Math.min(to, piece.at + piece.length);
    if (first >= last) continue;
    if (typeof piece.content === 'number') yield* open(piece.content, first - piece.at, last - piece.at);
    else yield piece.content.subarray(first - piece.at, last - piece.at);
  }
}

function localHeader(file: ZipFile): Uint8Array {
  const name = Buffer.from(file.path, 'utf8');
  const big = file.size >= limit32;
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(big ? version45 : 20, 4);
  header.writeUInt16LE(utf8Names, 6);
  writeCommon(header, 8, file, big);
  header.writeUInt16LE(name.length, 26);
  header.writeUInt16LE(big ? 20 : 0, 28);
  return Buffer.concat([header, name, big ? zip64Extra([file.size, file.size]) : Buffer.alloc(0)]);
}

function directoryEntry(file: ZipFile, offset: number): Uint8Array {
  const name = Buffer.from(file.path, 'utf8');
  const bigSize = file.size >= limit32;
  const bigOffset = offset >= limit32;
  const extra =
    bigSize || bigOffset
      ? zip64Extra([...(bigSize ? [file.size, file.size] : []), ...(bigOffset ? [offset] : [])])
      : Buffer.alloc(0);
  const header = Buffer.alloc(46);
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE(version45, 4);
  header.writeUInt16LE(extra.length > 0 ? version45 : 20, 6);
  header.writeUInt16LE(utf8Names, 8);
  writeCommon(header, 10, file, bigSize);
  header.writeUInt16LE(name.length, 28);
  header.writeUInt16LE(extra.length, 30);
  header.writeUInt32LE(bigOffset ? limit32 : offset, 42);
  return Buffer.concat([header, name, extra]);
}

/** Method, time, CRC and sizes stand in the same order in both kinds of header. */
function writeCommon(header: Buffer, at: number, file: ZipFile, big: boolean): void {
  const { time, date } = dosTime(file.modifiedAt);
  header.writeUInt16LE(0, at);
  header.writeUInt16LE(time, at + 2);
  header.writeUInt16LE(date, at + 4);
  header.writeUInt32LE(file.crc32, at + 6);
  header.writeUInt32LE(big ? limit32 : file.size, at + 10);
  header.writeUInt32LE(big ? limit32 : file.size, at + 14);
}

function archiveEnd(count: number, directoryAt: number, directorySize: number): Uint8Array {
  const big = count >= 0xffff || directoryAt >= limit32 || directorySize >= limit32;
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Math.min(count, 0xffff), 8);
  end.writeUInt16LE(Math.min(count, 0xffff), 10);
  end.writeUInt32LE(Math.min(directorySize, limit32), 12);
  end.writeUInt32LE(Math.min(directoryAt, limit32), 16);
  if (!big) return end;
  const end64 = Buffer.alloc(56 + 20);
  end64.writeUInt32LE(0x06064b50, 0);
  end64.writeBigUInt64LE(44n, 4);
  end64.writeUInt16LE(version45, 12);
  end64.writeUInt16LE(version45, 14);
  end64.writeBigUInt64LE(BigInt(count), 24);
  end64.writeBigUInt64LE(BigInt(count), 32);
  end64.writeBigUInt64LE(BigInt(directorySize), 40);
  end64.writeBigUInt64LE(BigInt(directoryAt), 48);
  end64.writeUInt32LE(0x07064b50, 56);
  end64.writeBigUInt64LE(BigInt(directoryAt + directorySize), 64);
  end64.writeUInt32LE(1, 72);
  return Buffer.concat([end64, end]);
}

function zip64Extra(values: readonly number[]): Buffer {
  const extra = Buffer.alloc(4 + 8 * values.length);
  extra.writeUInt16LE(0x0001, 0);
  extra.writeUInt16LE(8 * values.length, 2);
  for (const [index, value] of values.entries()) extra.writeBigUInt64LE(BigInt(value), 4 + 8 * index);
  return extra;
}

/** DOS times know 1980 to 2107, two-second steps, no zone: UTC is written. */
function dosTime(iso: string | undefined): { readonly time: number; readonly date: number } {
  const moment = new Date(iso ?? Number.NaN);
  const year = moment.getUTCFullYear();
  if (Number.isNaN(year) || year < 1980 || year > 2107) return { time: 0, date: 0x0021 };
  return {
    time: (moment.getUTCHours() << 11) | (moment.getUTCMinutes() << 5) | (moment.getUTCSeconds() >> 1),
    date: ((year - 1980) << 9) | ((moment.getUTCMonth() + 1) << 5) | moment.getUTCDate(),
  };
}
