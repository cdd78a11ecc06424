import { rotateKeys } from '../../../engine/repository/rotateKeys.ts';
import { portsOf } from '../kernel/ports.ts';
import { SimProcess } from '../kernel/process.ts';
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
    const { land, time, boundary, clock } = world;
    for (let tries = 1; ; tries++) {
      const death = Promise.withResolvers<boolean>();
      const process = new SimProcess(`operator-${tries}`, {
        onDeath: () => death.resolve(false),
        onResume: () => undefined,
      });
      const { blobs, key } = portsOf(process, boundary, land);
      const rotate = async (): Promise<boolean> => {
        await rotateKeys({ blobs, random: world.random, clock }, { vault: key }, land.tenant.tenantId, 1);
        return true;
      };
      if (await Promise.race([rotate().catch(() => false), death.promise])) return;
      await time.sleep(20_000);
    }
  },
  async check(_world, { repository }, findings) {
    findings.check('I31', repository.tenant !== '', () => 'the repository does not open');
  },
};
