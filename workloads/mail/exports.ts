import { z } from 'zod';
import type { ReadContext } from '../../engine/connector.ts';
import { Fault, isFault } from '../../engine/fault.ts';
import { faultOfCode, segment, type Graph, type Log } from '../../graph/index.ts';
import { decodeBase64 } from './base64.ts';
import { streamExport } from './exportStream.ts';
import { mailOptions } from './folders.ts';
import { createMailboxIds, type MailboxIds } from './mailboxIds.ts';

/** Most items of one export request. */
const MOST_ITEMS = 20;
/** Messages of this much MIME together are exported in one answer that is held in memory; a larger one goes alone, streamed. */
const GROUP_BYTES = 6 * 1024 * 1024;
const GROUP_ANSWER_BYTES = 32 * 1024 * 1024;
/** A tenant that refused is asked again after this. */
const ASK_AGAIN_MS = 3_600_000;

/** The exact copy of one item, or why there is none. */
export type Exported =
  | {
      readonly kind: 'data';
      readonly sourceId: string;
      /** Fault `corrupt` with code `NotBase64` when what came is no copy. */
      readonly bytes: AsyncIterable<Uint8Array>;
      /** Version of the copy; known at the latest when `bytes` is read. */
      changeKey(): string | undefined;
    }
  | { readonly kind: 'fault'; readonly sourceId: string; readonly fault: Fault };

/** What is known of exports in this tenant; held for the life of the process. */
export interface ExportMemory {
  /** Are exact copies refused for this mailbox (or for all)? */
  isRefused(userId: string): boolean;
  refuse(userId: string, fault: Fault): void;
  succeed(userId: string): void;
  hasSucceeded(userId: string): boolean;
  /** exportItems wants ordinary ids instead of immutable ones. */
  wantsRestIds: boolean;
  readonly mailboxes: MailboxIds;
}

export function createExportMemory(now: () => number, log: Log): ExportMemory {
  const refusedUntil = new Map<string, number>();
  const succeeded = new Set<string>();
  const mailboxes = createMailboxIds();
  return {
    wantsRestIds: false,
    isRefused: (userId) => (refusedUntil.get(userId) ?? 0) > now(),
    refuse(userId, fault) {
      refusedUntil.set(userId, now() + ASK_AGAIN_MS);
      log.warn('mail.exactCopyRefused', { user: userId, kind: fault.kind, code: fault.code ?? fault.status ?? '' });
    },
    succeed: (userId) => void succeeded.add(userId),
    hasSucceeded: (userId) => succeeded.has(userId),
    mailboxes,
  };
}

const exportShape = z.object({
  itemId: z.string().nullish(),
  changeKey: z.string().nullish(),
  data: z.string().nullish(),
  // The documentation prints it large, the metadata small: both are met.
  Error: z.object({ code: z.string().nullish(), message: z.string().nullish() }).nullish(),
  error: z.object({ code: z.string().nullish(), message: z.string().nullish() }).nullish(),
});
type ExportItem = z.infer<typeof exportShape>;
const answerShape = z.object({ value: z.array(exportShape) });

interface Wanted {
  readonly sourceId: string;
  /** Bytes of its MIME, when known: what the copy may weigh. */
  readonly size: number | undefined;
}

/**
 * Exact copies of `items`, in as few requests as their sizes allow. Where the tenant, a policy or a permission refuses
 * exports, that is remembered (and logged) and nothing more is yielded.
 */
export async function* exportedItems(
  graph: Graph,
  memory: ExportMemory,
  userId: string,
  items: readonly Wanted[],
  context: ReadContext,
): AsyncGenerator<Exported> {
  try {
    const mailbox = await memory.mailboxes.idOf(graph, userId, context);
    for (const group of grouped(items)) {
      yield* exportGroup({ graph, memory, userId, mailbox, context }, group);
      memory.succeed(userId);
    }
  } catch (error) {
    if (!isRefusal(error)) throw error;
    // It worked before: then consent was withdrawn, a policy changed or the mailbox went, and the backup must not quietly
    // keep less.
    if (memory.hasSucceeded(userId) && isFault(error, 'forbidden', 'not-found')) throw error;
    memory.refuse(userId, error);
  }
}

const isRefusal = (error: unknown): error is Fault =>
  isFault(error, 'forbidden', 'not-found', 'unsupported') ||
  (isFault(error, 'invalid', 'unavailable') && (error.status === 400 || error.status === 405 || error.status === 501));

/** Cuts into groups by number and size; what has no known size counts as small. */
function grouped(items: readonly Wanted[]): Wanted[][] {
  const groups: Wanted[][] = [];
  let weight = 0;
  for (const item of items) {
    const size = item.size ?? 0;
    const last = groups.at(-1);
    if (last === undefined || last.length === MOST_ITEMS || weight + size > GROUP_BYTES) {
      groups.push([item]);
      weight = size;
    } else {
      last.push(item);
      weight += size;
    }
  }
  return groups;
}

interface ExportCall {
  readonly graph: Graph;
  readonly memory: ExportMemory;
  readonly userId: string;
  readonly mailbox: string;
  readonly context: ReadContext;
}

async function* exportGroup(call: ExportCall, group: readonly Wanted[]): AsyncGenerator<Exported> {
  const ids = group.map(({ sourceId }) => sourceId);
  const [only] = group;
  if (only !== undefined && group.length === 1 && (only.size ?? 0) > GROUP_BYTES) {
    yield await streamOne(call, only.sourceId);
    return;
  }
  let answers: readonly ExportItem[];
  try {
    answers = await exportOnce(call, ids);
  } catch (error) {
    const isOddOne = isFault(error, 'invalid') && call.memory.hasSucceeded(call.userId);
    if (!isOddOne && !isFault(error, 'too-large')) throw error;
    // More than memory should hold, or one among them that spoils the question: one at a time, streamed.
    for (const id of ids) yield isOddOne ? await orItsFault(streamOne(call, id), id) : await streamOne(call, id);
    return;
  }
  for (const [index, sourceId] of ids.entries()) {
    const answer = answers[index];
    const trouble = answer?.error ?? answer?.Error;
    if (answer === undefined || (!answer.data && !trouble))
      yield {
        kind: 'fault',
        sourceId,
        fault: new Fault('unavailable', 'The export left an item out', {
          origin: 'graph',
          code: 'NotExported',
          status: 200,
        }),
      };
    else if (trouble)
      yield { kind: 'fault', sourceId, fault: faultOfCode(trouble.code ?? '', 'The export of a message') };
    else {
      const { changeKey } = answer;
      yield { kind: 'data', sourceId, bytes: decoded(answer.data ?? ''), changeKey: () => changeKey ?? undefined };
    }
  }
}

/** The answers to `ids` in their order, with ordinary ids where immutable ones are refused. */
async function exportOnce(call: ExportCall, ids: readonly string[]): Promise<readonly ExportItem[]> {
  const { memory } = call;
  if (!memory.wantsRestIds) {
    try {
      const answers = await askFor(call, ids);
      if (!answers.every(isIdRefused)) return answers;
    } catch (error) {
      if (!isFault(error, 'invalid')) throw error;
    }
  }
  const answers = await askFor(call, await restIds(call, ids));
  if (!answers.every(isIdRefused)) memory.wantsRestIds = true;
  return answers;
}

/** Where exports work, a refused question is the trouble of the one message that was asked for. */
const orItsFault = (exported: Promise<Exported>, sourceId: string): Promise<Exported> =>
  exported.catch((error: unknown) => {
    if (!isFault(error, 'invalid')) throw error;
    return { kind: 'fault', sourceId, fault: error };
  });

async function askFor(call: ExportCall, sent: readonly string[]): Promise<readonly ExportItem[]> {
  const { graph, userId, mailbox, context } = call;
  const options = { ...mailOptions(userId, context), repeatable: true, maxBytes: GROUP_ANSWER_BYTES };
  const { value } = await graph.post(answerShape, exportPath(mailbox), { itemIds: sent }, options);
  return inOrder(value, sent);
}

async function streamOne(call: ExportCall, sourceId: string): Promise<Exported> {
  const { memory } = call;
  const open = async (id: string | undefined) => {
    const { graph, userId, mailbox, context } = call;
    const options = { ...mailOptions(userId, context), post: { itemIds: [id] } };
    return streamExport((await graph.read(exportPath(mailbox), options)).bytes);
  };
  let stream = memory.wantsRestIds ? undefined : await open(sourceId);
  if (stream === undefined || isIdCode(stream.error())) {
    const [restId] = await restIds(call, [sourceId]);
    stream = await open(restId);
  }
  const trouble = stream.error();
  if (trouble !== undefined) return { kind: 'fault', sourceId, fault: faultOfCode(trouble, 'The export of a message') };
  return { kind: 'data', sourceId, bytes: stream.bytes, changeKey: stream.changeKey };
}

const exportPath = (mailbox: string) => `/admin/exchange/mailboxes/${segment(mailbox)}/exportItems`;

/** Answers name their item; where one does not, its place counts. */
function inOrder(value: readonly ExportItem[], ids: readonly string[]): readonly ExportItem[] {
  const byId = new Map(value.map((item) => [item.itemId, item]));
  return ids.map((id, index) => byId.get(id) ?? (value[index]?.itemId ? {} : (value[index] ?? {})));
}

const isIdRefused = (item: ExportItem): boolean => isIdCode((item.error ?? item.Error)?.code);

/** Where ids of one kind are not known, some say that they are malformed, others that nothing was found. */
const isIdCode = (code: string | null | undefined): boolean =>
  code !== null &&
  code !== undefined &&
  /^Error(InvalidId|ItemIdMalformed|InvalidIdMalformed|ItemNotFound)/i.test(code);

const translatedShape = z.object({
  value: z.array(z.object({ sourceId: z.string().nullish(), targetId: z.string().nullish() })),
});

async function restIds({ graph, userId, context }: ExportCall, ids: readonly string[]): Promise<readonly string[]> {
  const { value } = await graph.post(
    translatedShape,
    `/users/${segment(userId)}/translateExchangeIds`,
    { inputIds: ids, sourceIdType: 'restImmutableEntryId', targetIdType: 'restId' },
    { ...mailOptions(userId, context), repeatable: true },
  );
  const targets = new Map(value.map(({ sourceId, targetId }) => [sourceId, targetId]));
  return ids.map((id) => targets.get(id) ?? id);
}

async function* decoded(base64: string): AsyncGenerator<Uint8Array> {
  yield decodeBase64(base64);
}
