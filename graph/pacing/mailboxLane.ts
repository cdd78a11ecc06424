import { Fault } from '../../engine/fault.ts';
import type { Scope } from '../call.ts';
import { HEADERS_TIMEOUT_MS } from '../transport.ts';
import { createBlock } from './block.ts';
import { changeRow, numberIn, textIn } from './leaseRow.ts';
import { waitFor, type Lane, type LaneContext } from './lane.ts';
import { createPlaces, createWindow } from './queue.ts';

/** Published limits of Outlook per app and mailbox, import and export included. */
export const IN_FLIGHT = 4;
export const REQUESTS = { count: 10_000, windowMs: 600_000 };
export const UPLOAD = { bytes: 150 * 1024 * 1024, windowMs: 300_000 };

const LEASE_MS = 60_000;
const RENEW_BEFORE_MS = 20_000;

/**
 * The lane of one mailbox. Its limits hold per app over all workloads and all processes, so one process at a time holds
 * the mailbox by a lease row and counts for itself. Whoever holds it is told of every block; the row keeps it for the next.
 */
export function createMailboxLane(scope: Scope, context: LaneContext): Lane {
  const { clock, holder } = context;
  const places = createPlaces(IN_FLIGHT);
  const requests = createWindow(REQUESTS.windowMs);
  const uploaded = createWindow(UPLOAD.windowMs);
  const block = createBlock(scope, context);
  let heldUntil = 0;
  /** So long the one who held the mailbox before may still be told to wait, by an answer to what it asked. */
  let othersUntil = 0;
  let renewal: Promise<void> | undefined;

  const takeLease = async () => {
    let until = 0;
    await changeRow(scope, context, (row) => {
      const now = clock.now();
      const other = textIn(row, 'holder');
      const otherUntil = numberIn(row, 'until');
      const isOwn = other === '' || other === holder || context.isDead?.(other) === true;
      if (!isOwn && otherUntil > now)
        throw new Fault('throttled', `Another worker talks to ${scope}`, {
          origin: 'graph',
          scope,
          retryAfterMs: otherUntil - now,
          code: 'MailboxLeased',
        });
      if (!isOwn) othersUntil = otherUntil + HEADERS_TIMEOUT_MS;
      block.learn(row);
      until = now + LEASE_MS;
      return { holder, until, blockedUntil: block.until };
    });
    // Not before the row says so: another may have been quicker.
    heldUntil = until;
  };

  const holdLease = async () => {
    if (heldUntil - clock.now() > RENEW_BEFORE_MS) return;
    renewal ??= takeLease().finally(() => (renewal = undefined));
    await renewal;
  };

  return {
    async enter({ priority, signal, uploadBytes }) {
      const leave = await places.take(priority, signal);
      try {
        for (;;) {
          // Here, since the wait for a place may outlast a lease.
          await holdLease();
          if (othersUntil > clock.now()) await block.hear();
          const now = clock.now();
          const mayStart = Math.max(
            block.until,
            requests.fitsAt(1, REQUESTS.count, now),
            uploadBytes === 0 ? now : uploaded.fitsAt(uploadBytes, UPLOAD.bytes, now),
          );
          if (mayStart <= now) break;
          await waitFor(mayStart, scope, signal, context);
        }
      } catch (error) {
        leave();
        throw error;
      }
      requests.add(1, clock.now());
      if (uploadBytes > 0) uploaded.add(uploadBytes, clock.now());
      return leave;
    },
    block: (untilMs) => block.set(untilMs),
    saw: () => undefined,
  };
}
