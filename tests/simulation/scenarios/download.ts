import { createHash } from 'node:crypto';
import { isFault } from '../../../engine/fault.ts';
import { backUpWholly, protect } from './acts.ts';
import { anna, restore, wholeResource } from './restore.ts';
import type { Scenario } from './scenario.ts';

/** What each run of it downloaded; one at a time. */
const downloaded = new WeakMap<object, { readonly size: number; readonly promised: number; readonly sha256: string }>();

/** Why it was not given out. */
const refused = new WeakMap<object, string>();

/** A person downloads all of their files as one archive. */
export const download: Scenario = {
  name: 'download',
  people: [{ alias: 'anna', mailbox: 'none', files: 3 }],
  async prepare(world) {
    await world.ask(protect(['drive']));
    await backUpWholly(world);
  },
  async act(world) {
    const request = await restore(world, {
      selection: { resourceId: await wholeResource(world, 'drive') },
      destination: { kind: 'download', format: 'zip' },
      conflict: 'keepBoth',
      includePermissions: false,
      reason: 'To look at',
    });
    if (request.state !== 'done') return;
    await world.ask(async ({ services }) => {
      try {
        const { bytes, size } = await services.restore.download(anna(world), request.id);
        const whole = Buffer.concat(await Array.fromAsync(bytes));
        const sha256 = createHash('sha256').update(whole).digest('hex');
        downloaded.set(world, { size: whole.length, promised: size, sha256 });
      } catch (error) {
        // It is given out once: whoever lost it after the last byte asks for another one.
        if (!isFault(error, 'conflict', 'not-found', 'forbidden')) throw error;
        refused.set(world, error.message);
      }
    });
  },
  async check(world, _inspector, findings) {
    const got = downloaded.get(world);
    if (got === undefined && world.boundary.hits.length === 0)
      findings.broken('I26', `nothing was downloaded: ${refused.get(world) ?? 'no answer'}`);
    if (got === undefined) return;
    findings.check('I26', got.size === got.promised, () => `${got.size} of ${got.promised} bytes were downloaded`);
  },
};
