import type { MemoryBlobStore } from './memoryBlobStore.ts';
import type { MemoryQueue } from './memoryQueue.ts';
import type { MemoryTableStore } from './memoryTableStore.ts';

export interface Watched {
  readonly blobs?: MemoryBlobStore;
  readonly tables?: MemoryTableStore;
  readonly queue?: MemoryQueue;
}

export interface CanaryWatch {
  /** Where a canary was written in plain, once a place: `blob repository/x`, `row records/p/k column`, `queue backup`. */
  readonly found: ReadonlySet<string>;
  /** For what is no store of ours: a log line, a card, the body of a request. */
  look(place: string, text: string | Uint8Array): void;
}

/**
 * Watches everything that is ever written for secrets that must only ever lie there sealed: `canaries` are texts that
 * occur nowhere else (a subject, a body, a token, a pre-signed address). Knows them in UTF-8, UTF-16, base64 and hex.
 */
export function watchCanaries(canaries: readonly string[], watched: Watched): CanaryWatch {
  const found = new Set<string>();
  const needles = canaries.flatMap(formsOf);
  const look = (place: string, text: string | Uint8Array): void => {
    const bytes = Buffer.from(text as Uint8Array);
    if (needles.some((needle) => bytes.includes(needle))) found.add(place);
  };
  watched.blobs?.onMutation(({ container, name, after }) => {
    look(`name of a blob in ${container}`, name);
    if (after) look(`blob ${container}/${name}`, viewOf(after.bytes));
  });
  watched.tables?.onMutation(({ table, partition, rows }) => {
    for (const { key, after } of rows) {
      look(`key of a row in ${table}`, `${partition} ${key}`);
      for (const [column, value] of Object.entries(after?.columns ?? {})) {
        look(`row ${table}/${partition}/${key} ${column}`, value instanceof Uint8Array ? viewOf(value) : String(value));
      }
    }
  });
  watched.queue?.onMutation(({ queue, kind, text }) => {
    if (kind === 'sent') look(`queue ${queue}`, text);
  });
  return { found, look };
}

/** The same memory: `Buffer.from` of a buffer that is no Buffer would copy it. */
const viewOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Base64 of a text differs by where in a group of three bytes it begins; the characters at its rim are left out. */
function formsOf(canary: string): Buffer[] {
  const utf8 = Buffer.from(canary);
  const base64 = [0, 1, 2].map((shift) => {
    const padded = Buffer.concat([Buffer.alloc(shift), utf8])
      .toString('base64')
      .replace(/=+$/, '');
    return Buffer.from(padded.slice(shift === 0 ? 0 : shift + 1, -1));
  });
  return [utf8, Buffer.from(canary, 'utf16le'), Buffer.from(utf8.toString('hex')), ...base64];
}
