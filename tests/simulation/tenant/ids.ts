import { createHash } from 'node:crypto';

/*
 * Ids look like the services' own, and say in their end what they stand for: `…anna.m.12=` reads better in a trace than
 * random letters. Lengths are those of real ones.
 */

const padded = (prefix: string, end: string, length: number, filler = '0'): string =>
  prefix + filler.repeat(Math.max(0, length - prefix.length - end.length)) + end;

export const personIdOf = (alias: string): string => {
  const hex = createHash('sha256').update(`person ${alias}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};

export const folderIdOf = (owner: string, n: number): string => padded('AQMkAGI', `_${owner}-f-${n}=`, 80);
/** Stays with the message wherever it goes inside its mailbox. */
export const immutableIdOf = (owner: string, n: number): string => padded('AAkALgA', `_${owner}-m-${n}=`, 80);
/** Names the folder too: another one after each move. */
export const ordinaryIdOf = (owner: string, n: number, folder: number, moves: number): string =>
  padded('AAMkAGI', `_${owner}-m-${n}-f-${folder}-v-${moves}=`, 120);
export const attachmentIdOf = (messageId: string, index: number): string => `${messageId.slice(0, -1)}-a-${index}=`;
export const changeKeyOf = (seq: number): string => padded('CQAAABYAAAC', `${seq}`, 40);

export const driveIdOf = (alias: string): string => padded('b!', `-${alias}`, 66);
/** 34 characters: 01 and 32 of base 32. */
export const itemIdOf = (alias: string, n: number): string =>
  padded('01', `${alias.toUpperCase().replaceAll(/[^A-Z]/g, '')}7${lettersOf(n)}`, 34, 'A');

/** Digits as letters, because base 32 has no 0 and 1. */
const lettersOf = (n: number): string =>
  String(n).replaceAll(/\d/g, (digit) => String.fromCharCode(65 + Number(digit)));

export const eTagOf = (id: string, seq: number): string => `"{${guidOf(id)}},${seq}"`;
export const cTagOf = (id: string, seq: number): string => `"c:{${guidOf(id)}},${seq}"`;

const guids = new Map<string, string>();
function guidOf(id: string): string {
  const known = guids.get(id);
  if (known !== undefined) return known;
  const hex = createHash('sha256').update(id).digest('hex').toUpperCase();
  const guid = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
  guids.set(id, guid);
  return guid;
}
