import { allPages } from '../../../engine/backup/allPages.ts';
import { itemRows, type StoredRequest } from '../../../engine/restore/requestStore.ts';
import type { ItemJournal } from '../../../engine/restore/runRequest.ts';
import type { FaultName } from '../kernel/faults.ts';
import type { World } from '../kernel/world.ts';
import type { Inspector } from '../oracle/inspector.ts';
import type { Findings } from '../oracle/violations.ts';
import { backUpWholly, protect } from './acts.ts';
import { restore, wholeResource } from './restore.ts';
import type { Scenario } from './scenario.ts';

const FOLDER = 'Given back';
const ITEMS = 3;

/** Trouble that passes: whoever meets no more than a few of these gives everything back. */
const passing: ReadonlySet<FaultName> = new Set<FaultName>([
  'kill-before',
  'kill-after',
  'fail-before',
  'fail-after',
  'refuse',
  'throttle',
  'delay',
  'late',
  'twice',
  'never',
  'pause',
  'silence-before',
  'silence-after',
  'short-body',
  'broken-body',
]);
const FEW = 2;

/** A person restores all of their mail, or all of their files, into a new folder. */
const restored = (name: string, workload: 'mail' | 'drive'): Scenario => ({
  name,
  people: [
    workload === 'mail'
      ? { alias: 'anna', messages: ITEMS, drive: false }
      : { alias: 'anna', mailbox: 'none', files: ITEMS },
  ],
  async prepare(world) {
    await world.ask(protect([workload]));
    await backUpWholly(world);
  },
  async act(world) {
    await restore(world, {
      selection: { resourceId: await wholeResource(world, workload) },
      destination: { kind: 'newFolder', name: FOLDER },
      conflict: 'keepBoth',
      includePermissions: false,
      reason: 'Lost',
    });
  },
  check: (world, inspector, findings) => checkTarget(world, inspector, findings, workload),
});

/** I24, I26: what is said to be restored lies there, once; nothing came that nobody asked for. */
async function checkTarget(
  world: World,
  { records }: Inspector,
  findings: Findings,
  workload: 'mail' | 'drive',
): Promise<void> {
  const { tenant } = world.land;
  const place = workload === 'mail' ? tenant.people.id('anna') : tenant.people.driveId('anna');
  const contents = [...tenant.history.contentsAt(place).values()];
  const roots = contents.filter((state) => state.name.startsWith(FOLDER)).map((state) => state.sourceId);
  findings.check('I24', roots.length <= 1, () => `there are ${roots.length} folders ${FOLDER}`);
  const isUnder = (id: string | undefined): boolean =>
    id !== undefined && (roots.includes(id) || isUnder(contents.find((state) => state.sourceId === id)?.parent));
  const given = contents.filter((state) => !state.kind.toLowerCase().endsWith('folder') && isUnder(state.parent));

  for await (const { id, value } of allPages((token) => records.requests.list(token))) {
    const { request } = value as StoredRequest;
    const rows = await Array.fromAsync(allPages((token) => records.requests.journal.listUnder(id, itemRows, token)));
    const results = rows.flatMap((row) => (row.value as ItemJournal).result ?? []);
    const hits = world.boundary.hits.map(({ fault }) => fault);
    const isExcused = hits.length > FEW || hits.some((fault) => !passing.has(fault));
    findings.check(
      'I26',
      isExcused || (request.state === 'done' && results.every(({ outcome }) => outcome === 'restored')),
      () => `the restore is ${request.state} (${request.trouble}) after ${hits.join()}: ${JSON.stringify(results)}`,
    );
    findings.check(
      'I24',
      isExcused || given.length === ITEMS,
      () => `${given.length} of ${ITEMS} were given back after ${hits.join()}`,
    );
    const restoredNames = results.filter(
      (result) => result.outcome === 'restored' || result.outcome === 'changedByService',
    );
    for (const { name } of restoredNames) {
      const there = given.filter((state) => state.name === name).length;
      findings.check('I24', there === 1, () => `${name} was restored and is there ${there} times`);
    }
    if (request.state === 'done')
      findings.check(
        'I26',
        results.length >= ITEMS,
        () => `${results.length} of ${ITEMS} items have a result: ${JSON.stringify(results)}`,
      );
  }
  for (const name of new Set(given.map((state) => state.name))) {
    const there = given.filter((state) => state.name === name).length;
    findings.check('I24', there === 1, () => `${name} came ${there} times`);
  }
  // I25: nothing reached the target that is not, byte for byte, what the source had held.
  const held = new Set(
    tenant.history.items(place).flatMap((id) => {
      const [first] = tenant.history.statesOf(place, id);
      return first === undefined || first.fromAt > world.startedAt ? [] : [first.original, first.exact];
    }),
  );
  for (const { name, original, exact } of given)
    findings.check(
      'I25',
      held.has(original) || held.has(exact),
      () => `${name} was given back with bytes that the source never had`,
    );
  findings.check(
    'I24',
    tenant.sent.mails + tenant.sent.invitations === 0,
    () => `something was sent: ${JSON.stringify(tenant.sent)}`,
  );
}

export const restoreMail = restored('restore-mail', 'mail');
export const restoreDrive = restored('restore-drive', 'drive');
