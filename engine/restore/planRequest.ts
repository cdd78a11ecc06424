import type { Connector, ContainerStep, Existing, RestoreContext, TargetContainer } from '../connector.ts';
import { Fault } from '../fault.ts';
import type { Entry } from '../model/item.ts';
import { instant } from '../model/ids.ts';
import type { ItemId, PointId, RequestId, ResourceId } from '../model/ids.ts';
import type { ProtectedResource } from '../model/resource.ts';
import type { RestorePlan, RestoreRequest } from '../model/restoreRequest.ts';
import { destinationFolder } from './destinationFolder.ts';
import { foundItems } from './foundItems.ts';
import { isAlone, needsSecondPerson } from './rights.ts';
import type { RestoreServices } from './restoreServices.ts';
import { journalKey, letGo, putJournal } from './requestStore.ts';
import type { RequestTenure } from './requestStore.ts';
import { readMeta, selectItems } from './selectItems.ts';
import type { Selected } from './selectItems.ts';

/** What is to happen to one item; read back by the job that does it. */
export interface PlannedItem {
  readonly resourceId: ResourceId;
  readonly pointId: PointId;
  readonly itemId: ItemId;
  readonly name: string;
  readonly bytes: number;
  readonly decision: 'add' | 'keepBoth' | 'replace' | 'skip' | 'cannot';
  readonly reason?: string;
  /** Index into the page's `paths`. */
  readonly path: number;
  /** What the plan saw at the target and will be replaced or was the same. */
  readonly existing?: Existing;
}

export interface PlanPage {
  /** Number of its first item in the whole plan. */
  readonly first: number;
  readonly items: readonly PlannedItem[];
  readonly paths: readonly (readonly ContainerStep[])[];
}

/**
 * One step of planning: looks at the selection item by item, writes full pages to the journal and hands on when the
 * job's time is spent. Touches nothing at the target.
 */
export async function planStep(
  tenure: RequestTenure,
  services: RestoreServices,
  signal: AbortSignal,
): Promise<'more' | 'done'> {
  const { request } = tenure.current;
  const until = services.clock.now() + services.limits.jobMs;
  const planner = await makePlanner(request, services, signal);
  const used = await usedByEarlierPages(request.id, tenure.current.work.planPages, services);
  let plan = tenure.current.request.plan ?? emptyPlan(services);
  let judged: (Judged & { readonly selected: Selected })[] = [];
  let seen = 0;
  const closePage = async (): Promise<void> => {
    if (judged.length === 0) return;
    const page = planPage(tenure.current.work.planned, judged);
    await putJournal(services, request.id, journalKey('plan', tenure.current.work.planPages), page);
    const size = judged.length;
    const reached = plan;
    await tenure.save((stored) => ({
      ...stored,
      request: { ...stored.request, plan: reached },
      work: { ...stored.work, planned: stored.work.planned + size, planPages: stored.work.planPages + 1 },
    }));
    judged = [];
  };

  const alreadyPlanned = tenure.current.work.planned;
  const { pinned, found } = tenure.current;
  const deleted = foundItems(services, request.id, found);
  for await (const selected of selectItems(request.selection, pinned, services, deleted)) {
    if (seen++ < alreadyPlanned) continue;
    const planned = await planner.plan(selected, used);
    plan = addToPlan(plan, planned);
    judged.push({ ...planned, selected });
    if (judged.length >= services.limits.pageItems) await closePage();
    if (services.clock.now() >= until) {
      await closePage();
      await tenure.save(letGo);
      return 'more';
    }
  }
  await closePage();
  const finished = await decideApproval(plan, request, planner.sources, planner.target, services);
  await tenure.save((stored) => letGo({ ...stored, request: { ...stored.request, state: 'ready', plan: finished } }));
  return 'done';
}

interface Judged {
  readonly item: Omit<PlannedItem, 'path'>;
  readonly path: readonly ContainerStep[];
  readonly fidelity: 'exact' | 'approximate' | 'lost';
  readonly notes: readonly string[];
}

async function makePlanner(request: RestoreRequest, services: RestoreServices, signal: AbortSignal) {
  const sources = new Map<ResourceId, ProtectedResource>();
  for (const { resourceId } of request.points) {
    const found = await services.records.resources.get(resourceId);
    if (found !== undefined) sources.set(resourceId, found.value);
  }
  const target =
    request.destination.kind === 'resource'
      ? (await services.records.resources.get(request.destination.resourceId))?.value
      : undefined;
  const context: RestoreContext = { signal };
  const containers = new Map<string, TargetContainer | undefined>();

  const findContainer = async (
    connector: Connector,
    place: ProtectedResource,
    path: readonly ContainerStep[],
  ): Promise<TargetContainer | undefined> => {
    const key = `${place.id}\n${path.map((step) => `${step.role ?? ''}:${step.name}`).join('\n')}`;
    if (!containers.has(key)) containers.set(key, await connector.restore.findContainer(place, path, context));
    return containers.get(key);
  };

  return {
    sources: [...sources.values()],
    target,
    async plan(selected: Selected, used: Set<string>): Promise<Judged> {
      const { entry, resourceId, pointId } = selected;
      const source = sources.get(resourceId);
      const connector = source === undefined ? undefined : services.connectors.get(source.workload);
      const item = { resourceId, pointId, itemId: entry.id, name: entry.name, bytes: entry.size };
      const cannot = (reason: string): Judged => ({
        item: { ...item, decision: 'cannot', reason },
        path: [],
        fidelity: 'lost',
        notes: [reason],
      });
      if (source === undefined || connector === undefined) return cannot('Its mailbox or drive is not known any more.');
      const path = await targetPath(request, source, connector, selected);
      if (request.destination.kind === 'download') {
        if (entry.streams.length === 0) return cannot('There is no content to download.');
        return { item: { ...item, decision: 'add' }, path, fidelity: 'exact', notes: [] };
      }
      if (services.noWriteAccess !== undefined) return cannot(services.noWriteAccess);
      const place = target ?? source;
      if (place.workload !== source.workload)
        return cannot(`${connector.description.label} cannot go into ${place.name}: it is of another kind.`);
      const grade = await connector.restore.grade(place, entry, context);
      if (grade.fidelity === 'lost') return cannot(grade.reason);
      const container = await findContainer(connector, place, path);
      const existing =
        container === undefined
          ? []
          : (
              await connector.restore.look(place, container, entry, context, () => readMeta(services.repository, entry))
            ).filter((one) => !used.has(one.sourceId));
      const { decision, against, reason } = decide(request.conflict, entry, existing);
      if (against !== undefined && decision !== 'keepBoth') used.add(against.sourceId);
      return {
        item: {
          ...item,
          decision,
          ...(reason === undefined ? {} : { reason }),
          ...(against === undefined ? {} : { existing: against }),
        },
        path,
        fidelity: grade.fidelity,
        notes: [...(grade.fidelity === 'approximate' ? grade.changes : []), ...(connector.description.planNotes ?? [])],
      };
    },
  };
}

/** What the conflict rule says about one item and what lies at its place. Pure. */
export function decide(
  rule: RestoreRequest['conflict'],
  entry: Entry,
  existing: readonly Existing[],
): {
  readonly decision: 'add' | 'keepBoth' | 'replace' | 'skip';
  readonly against?: Existing;
  readonly reason?: string;
} {
  const [first] = existing;
  if (first === undefined) return { decision: 'add' };
  const same = existing.find((one) => one.same);
  switch (rule) {
    case 'keepBoth':
      return { decision: 'keepBoth', against: first };
    case 'skipIfSame':
      return same === undefined
        ? { decision: 'keepBoth', against: first }
        : { decision: 'skip', against: same, reason: 'The same item is there already.' };
    case 'replaceOlder': {
      if (same !== undefined) return { decision: 'skip', against: same, reason: 'The same item is there already.' };
      const newer = existing.find(
        (one) =>
          one.modifiedAt !== undefined &&
          entry.modifiedAt !== undefined &&
          Date.parse(one.modifiedAt) >= Date.parse(entry.modifiedAt),
      );
      return newer === undefined
        ? { decision: 'replace', against: first }
        : { decision: 'skip', against: newer, reason: 'What is there is newer.' };
    }
    case 'replace':
      return { decision: 'replace', against: same ?? first };
  }
}

/** Where an item goes: its own path at the original place, below a new folder elsewhere. Roles lead home only at the original place. */
async function targetPath(
  request: RestoreRequest,
  source: ProtectedResource,
  connector: Connector,
  selected: Selected,
): Promise<readonly ContainerStep[]> {
  const own = (await selected.reader.path(selected.entry.parentId)).map((container) => ({
    name: container.name,
    kind: container.kind,
    ...(container.role === undefined ? {} : { role: container.role }),
  }));
  if (request.destination.kind === 'original') return own;
  // As it was called when it was asked: the request has said so since.
  const party = request.sources?.find(({ id }) => id === (source.ownerId ?? source.sourceId));
  const name = destinationFolder(request, party?.name ?? source.name);
  // A drive's root carries a role and no name of its own worth repeating below a new folder.
  const below = own
    .slice(selected.baseDepth)
    .filter((step) => step.role !== 'root')
    .map(({ name, kind }) => ({ name, kind }));
  if (name === undefined) return below;
  const kind = connector.description.itemKinds.find((each) => each.container)?.kind ?? 'folder';
  return [{ name, kind }, ...below];
}

const emptyPlan = (services: RestoreServices): RestorePlan => ({
  add: 0,
  keepBoth: 0,
  replace: 0,
  skip: 0,
  cannot: 0,
  bytes: 0,
  fidelity: { exact: 0, approximate: 0, lost: 0 },
  notes: [],
  needsApproval: false,
  noSecondPerson: false,
  plannedAt: instant(services.clock.now()),
});

function addToPlan(plan: RestorePlan, { item, fidelity, notes }: Judged): RestorePlan {
  return {
    ...plan,
    [item.decision]: plan[item.decision] + 1,
    bytes: plan.bytes + (item.decision === 'skip' || item.decision === 'cannot' ? 0 : item.bytes),
    fidelity: { ...plan.fidelity, [fidelity]: plan.fidelity[fidelity] + 1 },
    notes: [...new Set([...plan.notes, ...notes])].slice(0, 20),
  };
}

async function decideApproval(
  plan: RestorePlan,
  request: RestoreRequest,
  sources: readonly ProtectedResource[],
  target: ProtectedResource | undefined,
  services: RestoreServices,
): Promise<RestorePlan> {
  const actor = { id: request.asker.id, name: request.asker.name, roles: request.asker.roles };
  if (!needsSecondPerson(actor, request, sources, target)) return { ...plan, needsApproval: false };
  const alone = isAlone(await services.people());
  return { ...plan, needsApproval: !alone, noSecondPerson: alone };
}

/** A page in the order in which carrying it out reads packs from front to back. */
function planPage(first: number, judged: readonly (Judged & { readonly selected: Selected })[]): PlanPage {
  const items: PlannedItem[] = [];
  const paths: (readonly ContainerStep[])[] = [];
  const known = new Map<string, number>();
  const byEntry = Map.groupBy(judged, ({ selected }) => selected.entry);
  const inOrder = judged[0]?.selected.reader.inPackOrder([...byEntry.keys()]) ?? [];
  for (const { item, path } of inOrder.flatMap((entry) => byEntry.get(entry) ?? [])) {
    const key = JSON.stringify(path);
    const index = known.get(key) ?? paths.push(path) - 1;
    known.set(key, index);
    items.push({ ...item, path: index });
  }
  return { first, items, paths };
}

/** Objects at the target that earlier pages have already counted as the same or as replaced: each counts once. */
async function usedByEarlierPages(
  id: RequestId,
  pages: number,
  services: Pick<RestoreServices, 'records'>,
): Promise<Set<string>> {
  const used = new Set<string>();
  for (let number = 0; number < pages; number++) {
    const page = await readPlanPage(services, id, number);
    for (const item of page.items)
      if (item.existing !== undefined && item.decision !== 'keepBoth') used.add(item.existing.sourceId);
  }
  return used;
}

export async function readPlanPage(
  services: Pick<RestoreServices, 'records'>,
  id: RequestId,
  number: number,
): Promise<PlanPage> {
  const page = await services.records.requests.journal.get(id, journalKey('plan', number));
  return (page?.value as PlanPage | undefined) ?? { first: 0, items: [], paths: [] };
}

/**
 * The page of the plan that holds item `at`. Pages closed early by the clock are shorter than others, so it lies at the
 * guess or after it. Fault `missing` when none does.
 */
export async function pageHolding(
  services: Pick<RestoreServices, 'records' | 'limits'>,
  id: RequestId,
  at: number,
  pages: number,
): Promise<PlanPage> {
  for (let number = Math.floor(at / services.limits.pageItems); number < pages; number++) {
    const page = await readPlanPage(services, id, number);
    if (at < page.first + page.items.length) return page;
  }
  throw new Fault('missing', `The plan of restore request ${id} lacks item ${at}.`, { origin: 'storage' });
}
