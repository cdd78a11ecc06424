import type { Inspector } from '../oracle/inspector.ts';
import type { Findings } from '../oracle/violations.ts';
import type { NewPerson } from '../tenant/controls.ts';
import type { World } from '../kernel/world.ts';
import { backUp, idsOf, protect } from './acts.ts';
import type { Scenario } from './scenario.ts';

/** Among good items some that can never be read, each for a reason of its own. */
const bad = (name: string, workload: string, person: NewPerson, spoil: (world: World) => void): Scenario => ({
  name,
  people: [person],
  // An item that is asked for by its id only says less of itself than one that was listed.
  reasonsMayDiffer: true,
  async prepare(world) {
    spoil(world);
    await world.ask(protect([workload]));
  },
  async act(world) {
    await backUp(world);
  },
  check: checkNamed,
});

export const badMail = bad('bad-mail', 'mail', { alias: 'anna', messages: 3, drive: false }, (world) => {
  const { mail, people } = world.land.tenant;
  const anna = people.id('anna');
  const [refused = '', broken = ''] = idsOf(world, anna, 'message');
  mail.update(anna, refused, { fault: 'ErrorAccessDenied' });
  mail.update(anna, broken, { fault: 'ErrorCorruptData' });
});

export const badFiles = bad('bad-files', 'drive', { alias: 'anna', mailbox: 'none', files: 3 }, (world) => {
  const { drive, people } = world.land.tenant;
  const files = people.driveId('anna');
  const [broken = '', infected = ''] = idsOf(world, files, 'file');
  drive.setFault(files, broken, 'broken');
  drive.setFault(files, infected, 'malware');
});

/** I11, I3: the good ones are there, the bad ones are named. */
async function checkNamed(world: World, { records, repository }: Inspector, findings: Findings): Promise<void> {
  for (const { id, sourceId, workload } of (await records.resources.list({})).value) {
    const { newestPoint } = await repository.points.head(id);
    if (newestPoint === undefined) {
      findings.broken('I11', `bad items kept ${workload} from having a point`);
      continue;
    }
    const reader = await repository.points.open(id, newestPoint);
    const shown = new Set((await Array.fromAsync(reader.entries())).map((entry) => entry.sourceId));
    const named = new Set(reader.missing.map((entry) => entry.sourceId));
    for (const state of world.land.tenant.history.contentsAt(sourceId).values())
      findings.check(
        state.readable ? 'I11' : 'I3',
        state.readable ? shown.has(state.sourceId) : named.has(state.sourceId) && !shown.has(state.sourceId),
        () => `${state.readable ? 'good' : 'bad'} ${state.kind} ${state.sourceId} is not where it belongs`,
      );
  }
}
