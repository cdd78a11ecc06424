import { isDeepStrictEqual } from 'node:util';
import type { PackId } from '../model/ids.ts';
import type { RestorePoint } from '../model/point.ts';
import type { Finding, VerifyTally } from '../model/verification.ts';
import { packName } from '../repository/core.ts';
import { inParallel } from '../repository/inParallel.ts';
import { checkPack } from '../repository/pack.ts';
import { pointOf, rootName } from '../repository/root.ts';
import { isMoved } from '../repository/moved.ts';
import type { NeededPack, Root } from '../repository/root.ts';
import { readNeeded } from '../repository/segmentReader.ts';
import { damageOf } from './damageOf.ts';
import { objectFinding } from './findings.ts';
import type { PointContext } from './pointContext.ts';
import type { ShownPoint } from './visible.ts';

const LENGTHS_AT_ONCE = 8;

/** The root against its row, and every pack that it needs: there, with the right length; `full` opens packs of pages as a whole. */
export async function checkRoot(
  context: PointContext,
  index: number,
  root: Root,
): Promise<{ readonly findings: readonly Finding[]; readonly tally: Partial<VerifyTally> }> {
  const row = context.shown[index] as ShownPoint;
  const findings: Finding[] = [];
  if (
    row.point !== undefined &&
    (row.hash !== root.hash || !isDeepStrictEqual(withoutConfirmation(row.point), pointOf(root)))
  ) {
    findings.push(
      objectFinding({
        area: 'point',
        kind: 'differs',
        object: `resources/${context.resource}/${row.key}`,
        detail: `The row of this restore point says something else than its root ${rootName(context.resource, root.id)}. The root is sealed and counts; npm run verify -- --repair writes the row anew.`,
        resourceId: context.resource,
        points: [root.id],
        inNewest: index === 0,
      }),
    );
  }
  await inParallel(root.packs, LENGTHS_AT_ONCE, async (needed) => {
    const trouble = await troubleOf(context, needed);
    if (trouble === undefined) return;
    context.suspects.add(needed.pack);
    findings.push(
      objectFinding({
        area: 'pack',
        ...trouble,
        object: packName(needed.pack),
        resourceId: context.resource,
        points: [root.id],
        inNewest: index === 0,
        packs: [needed.pack],
      }),
    );
  });
  return { findings, tally: { points: 1, packs: root.packs.length } };
}

type Trouble = Pick<Finding, 'kind' | 'detail'>;

async function troubleOf(context: PointContext, { pack, kind, length }: NeededPack): Promise<Trouble | undefined> {
  const stored = await context.reading.packLength(pack);
  const name = packName(pack);
  if (stored === undefined) return goneTrouble(context, pack, length);
  if (stored !== length) {
    const detail = `${name} is ${stored} bytes long instead of ${length}.`;
    return (await isRepaired(context.reading, pack)) ? undefined : { kind: 'corrupt', detail };
  }
  if (kind !== 'meta' || context.plan.level !== 'full' || context.metaPacks.has(pack)) return undefined;
  context.metaPacks.add(pack);
  try {
    checkPack(context.reading.ring, pack, 'meta', await readNeeded(context.reading.blobs, 'repository', name));
    return undefined;
  } catch (error) {
    const damage = damageOf(error);
    return (await isRepaired(context.reading, pack)) ? undefined : { kind: damage.kind, detail: damage.fault.message };
  }
}

/** Everything that could be had of it lies in other packs, and these are there. */
export async function isRepaired(reading: PointContext['reading'], pack: PackId): Promise<boolean> {
  try {
    return await isMoved(reading, reading.moved, pack);
  } catch (error) {
    damageOf(error);
    return false;
  }
}

/** A pack that was written into others is gone, and lost nothing while these are there. */
async function goneTrouble({ reading }: PointContext, pack: PackId, length: number): Promise<Trouble | undefined> {
  try {
    if (await isMoved(reading, reading.moved, pack, length)) return undefined;
  } catch (error) {
    const { kind, fault } = damageOf(error);
    return { kind, detail: fault.message };
  }
  return { kind: 'missing', detail: `${packName(pack)}, which restore points need, is missing from storage.` };
}

/** What a row says of a point, without what only the row knows. */
const withoutConfirmation = ({ confirmedAt: _confirmedAt, ...point }: RestorePoint): object => point;
