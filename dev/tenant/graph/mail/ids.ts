import { createHash } from 'node:crypto';

/**
 * Outlook ids. A message has an id that names its folder and changes with every move, and an immutable one; a
 * folder has one id. They look like Exchange's and carry the number of the row, so nothing has to be looked up.
 */
const PREFIX = { message: 'AAMk', immutable: 'AAkAL', folder: 'AQMk', export: 'EDSV' } as const;

const owner = (userId: string): Buffer => createHash('sha256').update(userId).digest().subarray(0, 12);

function encode(prefix: string, userId: string, numbers: readonly number[]): string {
  const tail = Buffer.alloc(numbers.length * 5);
  numbers.forEach((value, index) => tail.writeUIntBE(value, index * 5, 5));
  const pad = prefix.length % 4 === 0 ? '=' : '';
  return `${prefix}${Buffer.concat([owner(userId), tail]).toString('base64url')}${pad}`;
}

function decode(prefix: string, userId: string, id: string, count: number): number[] | undefined {
  if (!id.startsWith(prefix)) return undefined;
  const bytes = Buffer.from(id.slice(prefix.length).replace(/=+$/, ''), 'base64url');
  if (bytes.length !== 12 + count * 5 || !bytes.subarray(0, 12).equals(owner(userId))) return undefined;
  return Array.from({ length: count }, (_, index) => bytes.readUIntBE(12 + index * 5, 5));
}

export const folderId = (userId: string, n: number): string => encode(PREFIX.folder, userId, [n]);
export const folderNumber = (userId: string, id: string): number | undefined =>
  decode(PREFIX.folder, userId, id, 1)?.[0];

export interface MessagePlace {
  readonly userId: string;
  readonly n: number;
  readonly folderN: number;
  readonly moves: number;
}

export function messageId(place: MessagePlace, immutable: boolean): string {
  return immutable
    ? encode(PREFIX.immutable, place.userId, [place.n])
    : encode(PREFIX.message, place.userId, [place.n, place.folderN, place.moves]);
}

/** What a message id names; a regular id is stale once folder or move count differ. */
export interface MessageKey {
  readonly n: number;
  readonly immutable: boolean;
  readonly folderN?: number;
  readonly moves?: number;
}

export function messageKey(userId: string, id: string): MessageKey | undefined {
  const fixed = decode(PREFIX.immutable, userId, id, 1);
  if (fixed?.[0] !== undefined) return { n: fixed[0], immutable: true };
  const [n, folderN, moves] = decode(PREFIX.message, userId, id, 3) ?? [];
  return n === undefined || folderN === undefined || moves === undefined
    ? undefined
    : { n, immutable: false, folderN, moves };
}

export const attachmentId = (userId: string, messageN: number, index: number): string =>
  encode(PREFIX.message, userId, [messageN, index, 0, 1]);
export function attachmentIndex(userId: string, messageN: number, id: string): number | undefined {
  const [n, index] = decode(PREFIX.message, userId, id, 4) ?? [];
  return n === messageN ? index : undefined;
}

export function changeKey(userId: string, seq: number): string {
  const bytes = Buffer.concat([
    Buffer.from('CQAAABYAAAC', 'base64').subarray(0, 8),
    owner(userId).subarray(0, 8),
    Buffer.alloc(8),
  ]);
  bytes.writeUIntBE(seq, 18, 6);
  return bytes.toString('base64');
}
