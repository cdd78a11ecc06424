import type { UserId } from '../../engine/model/ids.ts';
import type { Administrator } from '../../engine/retention/waitingChanges.ts';
import type { Caller } from './caller.ts';

/** Who asks, agrees or withdraws, in the words of engine/retention. */
export const administrator = ({ id, name }: Caller): Administrator => ({ id: id as UserId, name });
