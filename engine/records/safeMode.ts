import { Fault } from '../fault.ts';
import type { RecordServices } from './openLog.ts';
import { recoverRecords } from './recoverRecords.ts';
import type { RecordsCondition } from './recoverRecords.ts';

/** What this process knows of the state of the records, and its refusal of every change while they are not whole. */
export interface SafeMode {
  /** In safe mode storage is looked at anew every few seconds: a rebuild by anybody ends it here too. */
  condition(): Promise<RecordsCondition>;
  /**
   * To be asked before a change is written: new changes on top of lost ones would count as the lost ones and end safe mode
   * over the wrong policies. `hasHead` is false when the table has no head: then it is new, or was lost while this
   * process ran. Fault `unavailable` in safe mode, with the command that ends it.
   */
  insistOnWhole(hasHead: boolean): Promise<void>;
}

/** Finding out lists the blobs of the log; nobody is kept waiting for that with every call. */
const keptMs = 5_000;

/** Begins with what a look at storage says; without `first` the records count as whole while their head is there. */
export function safeMode(services: RecordServices, first: RecordsCondition = { safeMode: false }): SafeMode {
  let known = { condition: first, at: services.clock.now() };

  const lookAnew = async (): Promise<RecordsCondition> => {
    const condition = await recoverRecords(services);
    known = { condition, at: services.clock.now() };
    return condition;
  };
  const condition = async (): Promise<RecordsCondition> =>
    known.condition.safeMode && services.clock.now() - known.at >= keptMs ? lookAnew() : known.condition;

  return {
    condition,
    async insistOnWhole(hasHead) {
      const now = hasHead || known.condition.safeMode ? await condition() : await lookAnew();
      if (now.safeMode) throw new Fault('unavailable', inWords(now), { origin: 'storage', code: 'RecordsSafeMode' });
    },
  };
}

/** Why nothing is changed, and what to do. */
export const inWords = ({ reason }: Extract<RecordsCondition, { safeMode: true }>): string =>
  `${reason} Nothing is changed, backed up, opened or given back until they are rebuilt: run npm run records:rebuild.`;
