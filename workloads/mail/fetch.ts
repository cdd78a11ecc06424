import type { Fetched, ReadContext } from '../../engine/connector.ts';
import { Fault, isFault } from '../../engine/fault.ts';
import type { ListedItem } from '../../engine/model/item.ts';
import type { SkipReason } from '../../engine/model/ledger.ts';
import type { ProtectedResource } from '../../engine/model/resource.ts';
import { segment, withoutFirst, type Download, type Graph } from '../../graph/index.ts';
import { exportedItems, type Exported, type ExportMemory } from './exports.ts';
import { isMailboxReachable, mailOptions } from './folders.ts';
import { locateMessages } from './locate.ts';
import { faultOfItem } from '../reading/itemFault.ts';
import { openAhead, type Opened } from '../reading/openAhead.ts';
import { persistently } from '../reading/persistent.ts';

/** Graph exports at most this many items a request. */
export const FETCH_BATCH = 20;
/** So many MIMEs are asked for at once; the mailbox's lane lets four be in flight. */
const MIMES_AHEAD = 6;
/** How often a message that changes while it is read is read anew. */
const MOST_READINGS = 3;

/** One message on its way through a reading. */
interface Reading {
  readonly item: ListedItem;
  /** Bytes of its MIME, once read. */
  size?: number;
  /** Bytes of its exact copy, once read. */
  exactSize?: number;
  /** Version that the export says it is of. */
  exportedTag?: string;
  /** Why it has no MIME, though the message is there. */
  unreadable?: Fault;
  /** What became of it already. */
  outcome?: Fetched;
  /** It is of another version by now: this one. */
  changed?: ListedItem;
}

/** What reading mail needs beside the call's own arguments. */
export interface MailReader {
  readonly graph: Graph;
  readonly exports: ExportMemory;
}

/**
 * Content of up to twenty messages: the MIME of each, then one export of all. The export comes last and says of which
 * version it is; when that is the version that was listed, nothing changed between, and MIME, export and the listed
 * properties are one version without a further request. Whatever changed is read anew.
 *
 * A part is to be read before the next event is asked for: large ones wait on their connection.
 */
export async function* fetchMessages(
  reader: MailReader,
  resource: ProtectedResource,
  items: readonly ListedItem[],
  context: ReadContext,
): AsyncGenerator<Fetched> {
  let open = items;
  for (let times = 1; open.length > 0; times++) {
    const readings = open.map((item): Reading => ({ item }));
    yield* readOnce(reader, resource.sourceId, readings, context);
    for (const { outcome } of readings) if (outcome !== undefined) yield outcome;

    open = readings.flatMap(({ changed }) => (changed === undefined ? [] : [changed]));
    if (open.length > 0 && times === MOST_READINGS) {
      const fault = new Fault('unavailable', 'The message changed each time while it was read', {
        origin: 'graph',
        code: 'KeepsChanging',
      });
      for (const { sourceId } of open) yield { kind: 'failed', sourceId, fault };
      return;
    }
  }
}

/** Reads each once and sets its outcome, or of which version it is by now. */
async function* readOnce(
  { graph, exports }: MailReader,
  userId: string,
  readings: readonly Reading[],
  context: ReadContext,
): AsyncGenerator<Fetched> {
  const copies = context.options.mailCopies ?? 'both';
  const wantsExact = copies !== 'readable';
  // Where exports are refused the MIME stands in for them, and the item says so.
  const wantsMime = copies !== 'exact' || exports.isRefused(userId);

  if (wantsMime) yield* readMimes(graph, userId, readings, context);
  if (wantsExact && !exports.isRefused(userId)) {
    yield* readExports({ graph, exports }, userId, readings.filter(isOpen), context);
    if (!wantsMime && exports.isRefused(userId)) yield* readMimes(graph, userId, readings.filter(isOpen), context);
  }

  for (const reading of readings.filter(isOpen)) reading.outcome = skippedOf(reading);
  const unproven = readings.filter((reading) => isOpen(reading) && !isProven(reading)).map(({ item }) => item.sourceId);
  const located = await (unproven.length === 0 ? new Map() : locateMessages(graph, userId, unproven, context));
  for (const reading of readings.filter(isOpen)) settle(reading, located, wantsExact);
}

/** The export says that it is the version which was listed; where it says otherwise the mailbox is asked. */
const isProven = ({ item, exportedTag }: Reading): boolean => exportedTag === item.versionTag;

const isOpen = (reading: Reading): boolean => reading.outcome === undefined;

/** The MIME of each message, in order, some opened ahead. Sets the outcome of those that are gone or cannot be had now. */
async function* readMimes(
  graph: Graph,
  userId: string,
  readings: readonly Reading[],
  context: ReadContext,
): AsyncGenerator<Fetched> {
  const options = mailOptions(userId, context);
  const read = async (item: ListedItem, signal = context.signal): Promise<Download> => {
    const path = `/users/${segment(userId)}/messages/${segment(item.sourceId)}/$value`;
    const download = await graph.read(path, { ...options, signal });
    return { ...download, bytes: notAPage(download) };
  };
  const isReachable = () => isMailboxReachable(graph, userId, context);
  const ahead = openAhead((index, signal) => read(itemAt(readings, index), signal), {
    count: readings.length,
    ahead: MIMES_AHEAD,
    signal: context.signal,
  });
  try {
    for (const [index, reading] of readings.entries()) {
      const { sourceId } = reading.item;
      let opened: Opened;
      try {
        opened = await ahead.take(index);
      } catch (error) {
        const fault = await faultOfItem(error, isReachable);
        if (fault.kind === 'not-found') reading.outcome = { kind: 'vanished', sourceId };
        else if (skipReasonOf(fault) !== undefined) reading.unreadable = fault;
        else reading.outcome = { kind: 'failed', sourceId, fault };
        continue;
      }
      const { length } = opened;
      let isRead = false;
      const bytes = persistently(opened.bytes, 0, async (from) => withoutFirst((await read(reading.item)).bytes, from));
      yield {
        kind: 'part',
        sourceId,
        name: 'original',
        resumable: false,
        ...(length === undefined ? {} : { size: length }),
        open: () => {
          isRead = true;
          return counted(bytes, (size) => (reading.size = size));
        },
      };
      if (!isRead) await opened.discard();
    }
  } finally {
    await ahead.close();
  }
}

/** MIME has no hash by which it could be told from the page that a gateway puts in its place. */
async function* notAPage({ bytes, contentType = '' }: Download): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    if (/^text\/html\b/i.test(contentType))
      throw new Fault('unavailable', 'A web page came in place of a message', {
        origin: 'graph',
        status: 200,
        code: 'WebPage',
      });
    yield chunk;
  }
}

/**
 * One export of all. What cannot be exported although its MIME was read goes on without an exact copy, flagged. What comes
 * damaged is exported anew, and its part replaces the former; what stays damaged fails.
 */
async function* readExports(
  { graph, exports }: MailReader,
  userId: string,
  readings: readonly Reading[],
  context: ReadContext,
): AsyncGenerator<Fetched> {
  const byId = new Map(readings.map((reading) => [reading.item.sourceId, reading]));
  let open = readings;
  for (let times = 1; open.length > 0 && times <= MOST_READINGS; times++) {
    const wanted = open.map(({ item, size }) => ({ sourceId: item.sourceId, size }));
    const damaged = new Set<Reading>();
    for await (const exported of exportedItems(graph, exports, userId, wanted, context)) {
      const reading = byId.get(exported.sourceId);
      if (reading === undefined) continue;
      if (exported.kind === 'fault') {
        settleWithoutExport(reading, exported);
        continue;
      }
      yield {
        kind: 'part',
        sourceId: exported.sourceId,
        name: 'exact',
        resumable: false,
        open: () =>
          counted(
            watched(exported.bytes, () => damaged.add(reading)),
            (size) => (reading.exactSize = size),
          ),
      };
      if (damaged.has(reading)) continue;
      const tag = exported.changeKey();
      if (tag !== undefined) reading.exportedTag = tag;
    }
    open = [...damaged];
  }
}

/** `bytes`, and word of it when they are not what an export may be. */
async function* watched(bytes: AsyncIterable<Uint8Array>, isDamaged: () => void): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes;
  } catch (error) {
    if (isFault(error, 'corrupt')) isDamaged();
    throw error;
  }
}

function settleWithoutExport(reading: Reading, { fault, sourceId }: Extract<Exported, { kind: 'fault' }>): void {
  // What the export does not find is asked for at the mailbox: the two know messages by different ids.
  if (fault.kind === 'not-found') return;
  // Passing trouble: the item is tried again later, so that it does not stay without its exact copy.
  if (skipReasonOf(fault) === undefined) reading.outcome = { kind: 'failed', sourceId, fault };
}

function settle(reading: Reading, located: ReadonlyMap<string, ListedItem | undefined>, wantsExact: boolean): void {
  const { sourceId, versionTag } = reading.item;
  const isUnchecked = !isProven(reading) && !located.has(sourceId);
  if (!isProven(reading) && !isUnchecked) {
    const now = located.get(sourceId);
    if (now === undefined) reading.outcome = { kind: 'vanished', sourceId };
    else if (now.versionTag !== versionTag) reading.changed = now;
  }
  if (reading.outcome === undefined && reading.changed === undefined)
    reading.outcome = doneOf(reading, wantsExact, isUnchecked);
}

function doneOf(reading: Reading, wantsExact: boolean, isUnchecked: boolean): Fetched {
  const { item, unreadable, size, exactSize } = reading;
  const flags = [
    ...(unreadable === undefined ? [] : ['no-readable-copy']),
    ...(wantsExact && exactSize === undefined ? ['no-exact-copy'] : []),
    // The mailbox gives the message as MIME and cannot say of which version it is.
    ...(isUnchecked ? ['version-unchecked'] : []),
  ];
  return { kind: 'done', item: { ...item, size: size ?? exactSize ?? 0 }, ...(flags.length === 0 ? {} : { flags }) };
}

/** What can be read in neither form is not asked for its version either: opening it gives the same error again. */
function skippedOf({ item, unreadable, exportedTag }: Reading): Fetched | undefined {
  const reason = unreadable === undefined || exportedTag !== undefined ? undefined : skipReasonOf(unreadable);
  return reason === undefined ? undefined : { kind: 'skipped', sourceId: item.sourceId, reason };
}

/** Troubles for which a message may be skipped for good: the source itself cannot read it. */
function skipReasonOf(fault: Fault): SkipReason | undefined {
  if (fault.kind === 'source-corrupt') return 'source-corrupt';
  if (fault.code?.toLowerCase() === 'errorinvalidrecipients') return 'invalid-recipients';
  return undefined;
}

function itemAt(readings: readonly Reading[], index: number): ListedItem {
  const reading = readings[index];
  if (reading === undefined) throw new RangeError(`There is no message ${index}`);
  return reading.item;
}

async function* counted(bytes: AsyncIterable<Uint8Array>, report: (size: number) => void): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.length;
    yield chunk;
  }
  report(size);
}
