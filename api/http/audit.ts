import { instant } from '../../engine/model/ids.ts';
import type { AuditEntry } from '../../engine/records/records.ts';
import type { Services } from '../services.ts';
import type { HttpCall } from './answer.ts';
import type { Caller } from './caller.ts';

/** Writes down who did what. `on` holds ids and plain words, never content. */
export async function audit(
  { services, caller, call }: { readonly services: Services; readonly caller: Caller; readonly call: HttpCall },
  action: string,
  on: AuditEntry['on'],
  result: AuditEntry['result'] = 'done',
): Promise<void> {
  const from = call.headers.get('x-forwarded-for')?.split(',')[0]?.trim().slice(0, 64);
  await services.records.audit.append({
    at: instant(services.clock.now()),
    who: caller.id,
    ...(caller.name === '' ? {} : { name: caller.name }),
    action,
    on,
    ...(from === undefined ? {} : { from }),
    result,
  });
}
