import type { FaultRule } from '../graph/faults.ts';
import type { ThrottleOptions } from '../options.ts';
import { numberOr, optionalText, text } from './arguments.ts';
import { ControlError } from './controlError.ts';
import type { ControlParts, ControlRoutes } from './parts.ts';
import { requireDrive } from './targets.ts';

const RESYNC_CODES = ['resyncRequired', 'resyncChangesApplyDifferences', 'resyncChangesUploadDifferences'];

/** Throttling, faults, dead tokens and links, locked drives, and the knobs. */
export function faultRoutes({ state, faults, throttle }: ControlParts): ControlRoutes {
  return {
    'POST /control/settings': (body) => {
      const { throttle: limits, ...rest } = body;
      for (const name of Object.keys(rest))
        if (!(name in state.tunables))
          throw new ControlError(
            `There is no setting "${name}"; there are ${Object.keys(state.tunables).join(', ')} and throttle.`,
          );
      Object.assign(state.tunables, rest);
      if (limits !== undefined) throttle.configure(limits as Partial<ThrottleOptions>);
      return { ...state.tunables, throttle: throttle.options };
    },
    'POST /control/throttle': (body) =>
      throttle.force(
        numberOr(body, 'count', 1),
        retryAfter(optionalText(body, 'retryAfter') ?? '1'),
        optionalText(body, 'match'),
        body['status'] === 503 ? 503 : 429,
      ),
    'GET /control/faults': () => ({ value: faults.list() }),
    'POST /control/faults': (body) => {
      if (typeof (body['action'] as { kind?: unknown } | undefined)?.kind !== 'string')
        throw new ControlError('A fault needs "match" and "action" with a "kind".');
      text(body, 'match');
      faults.arm(body as unknown as FaultRule);
    },
    'DELETE /control/faults': () => faults.clear(),
    'POST /control/expire': (body) => {
      const what = text(body, 'what');
      if (what === 'links') {
        state.links.expireAll();
        return;
      }
      if (!['outlook', 'drive', 'directory'].includes(what))
        throw new ControlError('"what" is outlook, drive, directory or links.');
      const code = optionalText(body, 'code') ?? 'resyncChangesApplyDifferences';
      if (!RESYNC_CODES.includes(code)) throw new ControlError(`"code" is one of ${RESYNC_CODES.join(', ')}.`);
      state.database.setMeta('resync-code', code);
      state.database.setMeta(`epoch-${what}`, String(Number(state.database.meta(`epoch-${what}`) ?? 0) + 1));
      return undefined;
    },
    'POST /control/drives/lock': (body) => {
      state.database.run(
        'UPDATE drives SET locked = ? WHERE id = ?',
        body['locked'] === false ? 0 : 1,
        requireDrive(state, text(body, 'user')),
      );
    },
  };
}

/** "3" stays seconds; "date:3" becomes the HTTP date in three seconds. */
function retryAfter(wanted: string): string {
  return wanted.startsWith('date:') ? new Date(Date.now() + Number(wanted.slice(5)) * 1000).toUTCString() : wanted;
}
