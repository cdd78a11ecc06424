import { Fault } from '../../engine/fault.ts';
import type { Scope } from '../call.ts';
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
 * the mailbox by a lease row and counts for itself; the row also keeps until when the mailbox is blocked.
 */
export function createMailboxLane(scope: Scope, context: LaneContext): Lane {
  const { clock, holder } = context;
  const places = createPlaces(IN_FLIGHT);
  const requests = createWindow(REQUESTS.windowMs);
  const uploaded = createWindow(UPLOAD.windowMs);
  let heldUntil = 0;
  let blockedUntil = 0;
  let renewal: Promise<void> | undefined;

  const takeLease = () =>
    changeRow(scope, context, (row) => {
      const now = clock.now();
      const other = textIn(row, 'holder');
      const otherUntil = numberIn(row, 'until');
      const isFree = other === '' || other === holder || otherUntil <= now || context.isDead?.(other) === true;
      if (!isFree)
        throw new Fault('throttled', `Another worker talks to ${scope}`, {
          origin: 'graph',
          scope,
          retryAfterMs: otherUntil - now,
          code: 'MailboxLeased',
        });
      blockedUntil = Math.max(blockedUntil, numberIn(row, 'blockedUntil'));
      heldUntil = now + LEASE_MS;
      return { holder, until: heldUntil, blockedUntil };
    });

  const holdLease = async () => {
    if (heldUntil - clock.now() > RENEW_BEFORE_MS) return;
    renewal ??= takeLease().finally(() => (renewal = undefined));
    await renewal;
  };

  return {
    async enter({ priority, signal, uploadBytes }) {
      await holdLease();
      const leave = await places.take(priority, signal);
      try {
        for (;;) {
          const now = clock.now();
          const mayStart = Math.max(
            blockedUntil,
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
    async block(untilMs) {
      blockedUntil = Math.max(blockedUntil, untilMs);
      await changeRow(scope, context, (row) => ({
        ...row,
        blockedUntil: Math.max(blockedUntil, numberIn(row, 'blockedUntil')),
      }));
    },
    saw: () => undefined,
  };
}
