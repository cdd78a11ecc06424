import { rotateKeys } from '../../../engine/repository/rotateKeys.ts';
import { portsOf } from '../kernel/ports.ts';
import { SimProcess } from '../kernel/process.ts';
import type { World } from '../kernel/world.ts';
import { backUp, backUpWholly, idsOf, protect } from './acts.ts';
import type { Scenario } from './scenario.ts';

/** An operator rotates the keys while a backup runs, and tries again until it is done. */
export const rotation: Scenario = {
  name: 'key-rotation',
  people: [{ alias: 'anna', messages: 2, drive: false }],
  async prepare(world) {
    await world.ask(protect(['mail']));
    await backUpWholly(world);
    const { mail, people } = world.land.tenant;
    const mailbox = people.id('anna');
    mail.put(mailbox, { subject: 'Came since' });
    mail.update(mailbox, idsOf(world, mailbox, 'message')[0] ?? '', { subject: 'Another' });
  },
  async act(world) {
    await backUp(world);
    while (!(await rotateOnce(world, 1))) await world.time.sleep(20_000);
  },
  async check(_world, { repository }, findings) {
    findings.check('I31', repository.tenant !== '', () => 'the repository does not open');
  },
};

/** One try, by a process of its own, to add an epoch after `from`. False when it died or met trouble. */
export async function rotateOnce({ land, boundary, clock, random }: World, from: number): Promise<boolean> {
  const death = Promise.withResolvers<boolean>();
  const process = new SimProcess('operator', { onDeath: () => death.resolve(false), onResume: () => undefined });
  const { blobs, key } = portsOf(process, boundary, land);
  const rotate = async (): Promise<boolean> => {
    await rotateKeys({ blobs, random, clock }, { vault: key }, land.tenant.tenantId, from);
    return true;
  };
  return Promise.race([rotate().catch(() => false), death.promise]);
}
