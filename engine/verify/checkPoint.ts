import type { PointId, ResourceId } from '../model/ids.ts';
import type { Entry } from '../model/item.ts';
import type { Finding } from '../model/verification.ts';
import type { PageDirectory } from '../repository/pages.ts';
import { pointReader } from '../repository/pointReader.ts';
import { readRoot } from '../repository/root.ts';
import type { PageRef, Root } from '../repository/root.ts';
import { stateOf, type EntryDamage } from './checkEntries.ts';
import { checkRoot, isRepaired } from './checkRoot.ts';
import { damageOf } from './damageOf.ts';
import { contentFinding, itemFinding, objectFinding } from './findings.ts';
import { nameLostPages, nameLostPoint } from './nameLost.ts';
import { pageKey, pagesOf, type PointContext, type PointStep } from './pointContext.ts';
import type { Reading } from './reading.ts';
import { isChosen } from './sample.ts';
import type { ShownPoint } from './visible.ts';

const PAGES_AT_ONCE = 4;

/**
 * Everything of a point that the next newer one does not share with it, beginning behind the `done` pages that an earlier
 * job finished. A damaged object has a finding of its own and one for each item of it that can be named.
 */
export async function* checkPoint(
  context: PointContext,
  index: number,
  done: number | undefined,
): AsyncGenerator<PointStep> {
  const { reading, resource, shown } = context;
  const row = shown[index] as ShownPoint;
  let root: Root;
  try {
    root = await readRoot(reading, resource, row.id);
  } catch (error) {
    const damage = damageOf(error);
    if (!context.onlySuspects)
      for await (const findings of nameLostPoint(context, index, damage)) yield { findings, tally: {}, next: done };
    return;
  }
  const newer = await rootIfReadable(reading, resource, shown[index - 1]);
  const shared = new Set(newer === undefined ? [] : pagesOf(newer).map(pageKey));
  const own = pagesOf(root).filter((ref) => !shared.has(pageKey(ref)));
  if (done === undefined && !context.onlySuspects) yield { ...(await checkRoot(context, index, root)), next: 0 };

  const differs = newer === undefined ? () => true : await statesIn(reading, newer, root);
  let hasNamed = false;
  for (let from = done ?? 0; from < own.length; from += PAGES_AT_ONCE) {
    const refs = own.slice(from, from + PAGES_AT_ONCE);
    const { findings, entries, lost, read } = await readPages(context, index, refs);
    if (lost && !hasNamed) {
      hasNamed = true;
      for await (const named of nameLostPages(context, index, root)) yield { findings: named, tally: {}, next: from };
    }
    const wanted = entries.filter((entry) => isWanted(context, entry) && differs(entry));
    const before = { streams: context.checker.streams, bytes: context.checker.bytes };
    const damages: EntryDamage[] = [];
    for (const entry of pointReader(root, reading.pages).inPackOrder(wanted)) {
      const damage = await context.checker.check(entry);
      if (damage !== undefined) damages.push(damage);
    }
    const tally = {
      pages: read,
      items: wanted.length,
      streams: context.checker.streams - before.streams,
      bytes: context.checker.bytes - before.bytes,
    };
    const named = [
      ...findings,
      ...(await contentFindings(context, index, damages)),
      ...(await badPacks(context, row.id)),
    ];
    yield { findings: named, tally, next: Math.min(own.length, from + PAGES_AT_ONCE) };
  }
}

async function rootIfReadable(
  reading: Reading,
  resource: ResourceId,
  shown: ShownPoint | undefined,
): Promise<Root | undefined> {
  if (shown === undefined) return undefined;
  try {
    return await readRoot(reading, resource, shown.id);
  } catch (error) {
    damageOf(error);
    return undefined;
  }
}

/** True for entries that the newer point does not hold just so, with its bytes in the same places: those were read there. */
async function statesIn(reading: Reading, newer: Root, root: Root): Promise<(entry: Entry) => boolean> {
  const shared = new Set(pagesOf(root).map(pageKey));
  const states = new Set<string>();
  for (const ref of pagesOf(newer).filter((page) => !shared.has(pageKey(page)))) {
    try {
      for (const entry of await reading.pages.read(ref.place)) states.add(stateOf(entry));
    } catch (error) {
      damageOf(error);
    }
  }
  return (entry) => !states.has(stateOf(entry));
}

async function readPages(context: PointContext, index: number, refs: readonly PageRef[]) {
  const { reading, resource, shown } = context;
  const findings: Finding[] = [];
  const entries: Entry[] = [];
  let lost = false;
  let read = 0;
  for (const [at, ref] of refs.entries()) {
    const directory = await directoryOf(reading, ref);
    const isFirst = index === 0 && at === 0;
    if (!('damage' in directory) && !isFirst && !isPageWanted(context, ref, directory)) continue;
    read += 1;
    try {
      const held = await reading.pages.read(ref.place);
      entries.push(...held);
      if (!('damage' in directory)) continue;
      const about = {
        area: 'page',
        kind: directory.kind,
        object: `packs/${ref.directory.pack.slice(0, 2)}/${ref.directory.pack}`,
        detail: `${directory.damage} It says which page holds which item.`,
        resourceId: resource,
        points: [(shown[index] as ShownPoint).id],
        inNewest: index === 0,
      } as const;
      findings.push(objectFinding(about, 'directory'), ...held.map((entry) => itemFinding(about, entry)));
    } catch (error) {
      damageOf(error);
      lost = true;
    }
  }
  return { findings, entries, lost, read };
}

type Directory = PageDirectory | { readonly damage: string; readonly kind: 'missing' | 'corrupt' };

async function directoryOf(reading: Reading, ref: PageRef): Promise<Directory> {
  try {
    const [directory] = await reading.pages.directories([ref], 'asStored');
    return directory as PageDirectory;
  } catch (error) {
    const { kind, fault } = damageOf(error);
    return { kind, damage: fault.message };
  }
}

/** A sample is one of pages and one inside of them, so that it is spread and still reads few pages. */
function isPageWanted({ plan, suspects, onlySuspects }: PointContext, ref: PageRef, directory: PageDirectory): boolean {
  if (suspects.has(ref.place.pack) || directory.packs.some(({ pack }) => suspects.has(pack))) return true;
  if (onlySuspects) return false;
  return plan.level === 'full' || isChosen(plan.seed, pageKey(ref), Math.sqrt(plan.share));
}

function isWanted({ plan, suspects, onlySuspects }: PointContext, entry: Entry): boolean {
  if (entry.streams.some(({ parts }) => parts.some(({ place }) => suspects.has(place.pack)))) return true;
  if (onlySuspects) return false;
  return plan.level === 'full' || isChosen(plan.seed, `${entry.id}/${entry.versionTag}`, Math.sqrt(plan.share));
}

/** Each with the older points that hold the same bytes: they are not read again there. */
async function contentFindings(
  context: PointContext,
  index: number,
  damages: readonly EntryDamage[],
): Promise<Finding[]> {
  if (damages.length === 0) return [];
  const { reading, resource, shown } = context;
  for (const pack of damages.flatMap(({ packs }) => packs)) context.suspects.add(pack);
  const points = new Map<EntryDamage, PointId[]>(damages.map((damage) => [damage, [(shown[index] as ShownPoint).id]]));
  let still = [...damages];
  for (let older = index + 1; older < shown.length && still.length > 0; older++) {
    const { id } = shown[older] as ShownPoint;
    try {
      const held = await pointReader(await readRoot(reading, resource, id), reading.pages).items(
        still.map(({ entry }) => entry.id),
      );
      still = still.filter(({ entry }) => {
        const there = held.get(entry.id);
        return there !== undefined && stateOf(there) === stateOf(entry);
      });
      for (const damage of still) points.get(damage)?.push(id);
    } catch (error) {
      // That point has findings of its own.
      damageOf(error);
    }
  }
  return damages.map((damage) => contentFinding(resource, damage, points.get(damage) ?? [], index === 0));
}

async function badPacks({ reading, resource }: PointContext, point: PointId): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { pack, detail } of reading.takeBadPacks()) {
    if (await isRepaired(reading, pack)) continue;
    const object = `packs/${pack.slice(0, 2)}/${pack}`;
    findings.push(
      objectFinding({
        area: 'pack',
        kind: 'corrupt',
        object,
        detail,
        resourceId: resource,
        points: [point],
        packs: [pack],
      }),
    );
  }
  return findings;
}
