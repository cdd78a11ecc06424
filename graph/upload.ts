import { z } from 'zod';
import { Fault } from '../engine/fault.ts';
import type { CallContext } from './graph.ts';
import type { ContentCalls } from './content.ts';

/** Ranges of an upload session are multiples of this, but for the last. */
export const RANGE_MULTIPLE = 320 * 1024;
/** A range must be smaller than this. */
export const RANGE_LIMIT = 60 * 1024 * 1024;

/** Code of the fault for a session that is open and names no place to go on from. */
export const NOTHING_EXPECTED = 'NothingExpected';

/** How far an upload session is. */
export type UploadState =
  /** The service expects the bytes from here on. */
  | { readonly kind: 'open'; readonly nextByte: number; readonly expiresAt?: string }
  /** The last range was taken; `item` is what it answered (`undefined` for mail attachments, which answer nothing). */
  | { readonly kind: 'complete'; readonly item: unknown };

/** One pre-authenticated upload session. Fault `not-found`: it is gone, start again. */
export interface UploadTarget {
  /**
   * Sends `bytes` as the range that starts at `at` of `total`. A range that the service has already is no trouble: the
   * answer says what it expects next. Only `complete` means that the upload counts.
   */
  putRange(bytes: Buffer, at: number, total: number): Promise<UploadState>;
  /** Asks what the session expects next. */
  status(): Promise<UploadState>;
  /** Gives the session up; one that is gone already is fine. */
  cancel(): Promise<void>;
}

// OneDrive writes these names small, Outlook large.
const progressShape = z.object({
  nextExpectedRanges: z.array(z.string()).optional(),
  NextExpectedRanges: z.array(z.string()).optional(),
  expirationDateTime: z.string().optional(),
  ExpirationDateTime: z.string().optional(),
});

export function uploadTarget(calls: ContentCalls, url: string, context: CallContext): UploadTarget {
  const status = async (): Promise<UploadState> => stateOf(await calls.json('GET', url, undefined, {}, context));
  return {
    async putRange(bytes, at, total) {
      if (bytes.length === 0) throw new TypeError('A range must hold bytes');
      const headers = {
        'content-range': `bytes ${at}-${at + bytes.length - 1}/${total}`,
        'content-length': String(bytes.length),
        'content-type': 'application/octet-stream',
      };
      try {
        const answer = await calls.json('PUT', url, bytes, headers, context);
        // 202 after the last byte means that the service is still missing something: it is no success.
        return answer.status === 202 || (answer.status === 200 && isProgress(answer.body))
          ? stateOf(answer)
          : { kind: 'complete', item: answer.body };
      } catch (error) {
        if (error instanceof Fault && error.status === 416) return status();
        throw error;
      }
    },
    status,
    async cancel() {
      try {
        await calls.json('DELETE', url, undefined, {}, context);
      } catch (error) {
        if (!(error instanceof Fault && error.kind === 'not-found')) throw error;
      }
    },
  };
}

const isProgress = (body: unknown): boolean => {
  const progress = progressShape.safeParse(body);
  return progress.success && (progress.data.nextExpectedRanges ?? progress.data.NextExpectedRanges) !== undefined;
};

function stateOf({ body }: { readonly body: unknown }): UploadState {
  const progress = progressShape.safeParse(body).data;
  const ranges = progress?.nextExpectedRanges ?? progress?.NextExpectedRanges ?? [];
  const expiresAt = progress?.expirationDateTime ?? progress?.ExpirationDateTime;
  // Several gaps come in any order; the first one is where to go on.
  const nextByte = Math.min(...ranges.map((range) => Number.parseInt(range, 10)));
  if (!Number.isSafeInteger(nextByte))
    throw new Fault('unavailable', 'The upload session does not say what it expects next', {
      origin: 'graph',
      code: NOTHING_EXPECTED,
      outcomeUnknown: true,
    });
  return { kind: 'open', nextByte, ...(expiresAt === undefined ? {} : { expiresAt }) };
}
