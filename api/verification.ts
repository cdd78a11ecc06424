import type { Settings } from '../contract/settings.ts';
import type { ResourceId, UserId } from '../engine/model/ids.ts';
import type { ProtectedResource } from '../engine/model/resource.ts';
import type { Drill, DrillResult } from '../engine/model/drill.ts';
import type { Finding, Verification } from '../engine/model/verification.ts';
import type { Page } from '../engine/records/records.ts';
import type { DamagedItem } from '../engine/repository/damage.ts';
import type { Administrator } from '../engine/retention/waitingChanges.ts';
import { isAcceptedObject } from '../engine/verify/acceptedFindings.ts';
import { acceptLoss, type LossAccepted, type LossOrder } from '../engine/verify/acceptLoss.ts';
import type { SafeMode } from '../engine/records/safeMode.ts';
import {
  drillTick,
  readDrill,
  startDrill,
  workOnDrill,
  type DrillPlan,
  type DrillServices,
} from '../engine/verify/drills/drillFlow.ts';
import { isCountedElsewhere } from '../engine/verify/hiddenRecord.ts';
import { standingFindings } from '../engine/verify/standingFindings.ts';
import { scheduleVerifications } from '../engine/verify/verifySchedule.ts';
import { sharedSettings } from './access.ts';
import {
  readVerification,
  startRepair,
  startVerification,
  verifyTick,
  workOnVerification,
  type VerifyOrder,
} from '../engine/verify/verifyFlow.ts';

/** engine/verify with its services filled in, as routes, queues and timers call it. */
export interface VerificationFlow {
  start(order: VerifyOrder, by: UserId): Promise<string>;
  get(id: string): Promise<Verification | undefined>;
  list(pageToken?: string): Promise<Page<Verification>>;
  findings(id: string, pageToken?: string): Promise<Page<Finding>>;
  /** Fault `conflict` while it is not done, or is being repaired already. */
  startRepair(id: string, by: UserId): Promise<void>;
  /** Undefined while nothing is backed up. */
  startDrill(items: number | undefined, by: UserId): Promise<string | undefined>;
  getDrill(id: string): Promise<Drill | undefined>;
  listDrills(pageToken?: string): Promise<Page<Drill>>;
  drillResults(id: string, pageToken?: string): Promise<Page<DrillResult>>;
  /** What of a resource is damaged and was not healed, in the order of the ids. */
  damagedItems(resource: ResourceId): Promise<readonly DamagedItem[]>;
  /** See engine/verify/acceptLoss. */
  acceptLoss(by: Administrator, resource: ProtectedResource, order: LossOrder): Promise<LossAccepted>;
  /** What is known to be damaged and was not healed: items, and what was found beside them and not looked at anew since. */
  damage(): Promise<{
    readonly resources: number;
    readonly items: number;
    readonly inNewest: number;
    /** Of the items those whose loss an administrator accepted. */
    readonly accepted: number;
    /** Without those that were accepted. */
    readonly others: number;
  }>;
  onNudge(nudge: { readonly verify: string } | { readonly drill: string }): Promise<void>;
  /** `now`: every other process is known to be dead. */
  tick(now: boolean): Promise<void>;
  /** Starts what is due. */
  schedule(): Promise<void>;
}

export function verificationFlow(services: DrillServices, whole: Pick<SafeMode, 'insistOnWhole'>): VerificationFlow {
  const { inspections } = services.records;
  const standing = standingFindings(services.records);
  const listed = async <T>(kind: 'verify' | 'drill', pageToken?: string): Promise<Page<T>> => {
    const { value, nextPageToken } = await inspections.list(kind, pageToken);
    const values = value.map((one) => one.value as T);
    return nextPageToken === undefined ? { value: values } : { value: values, nextPageToken };
  };
  const evidence = async <T>(id: string, pageToken?: string): Promise<Page<T>> =>
    (await inspections.evidence.list(id, pageToken)) as Page<T>;

  return {
    start: async (order, by) => {
      await whole.insistOnWhole(true);
      return startVerification(services, order, by);
    },
    get: (id) => readVerification(services, id),
    list: (pageToken) => listed<Verification>('verify', pageToken),
    findings: (id, pageToken) => evidence<Finding>(id, pageToken),
    startRepair: async (id, by) => {
      await whole.insistOnWhole(true);
      await startRepair(services, id, by);
    },
    startDrill: async (items, by) => {
      await whole.insistOnWhole(true);
      const settings = await sharedSettings(services.records);
      return startDrill(services, { sampleSize: items ?? settings.verification.drillItems, ...placesOf(settings) }, by);
    },
    getDrill: (id) => readDrill(services, id),
    listDrills: (pageToken) => listed<Drill>('drill', pageToken),
    drillResults: (id, pageToken) => evidence<DrillResult>(id, pageToken),
    damagedItems: (resource) => Array.fromAsync(services.repository.damage.items(resource)),
    acceptLoss: async (by, resource, order) => {
      await whole.insistOnWhole(true);
      return acceptLoss(services, by, resource, order);
    },
    async damage() {
      const counts = { resources: 0, items: 0, inNewest: 0, accepted: 0 };
      for await (const { items, inNewest, accepted } of services.repository.damage.counts()) {
        counts.resources += 1;
        counts.items += items;
        counts.inNewest += inNewest;
        counts.accepted += accepted;
      }
      const accepted = await Array.fromAsync(services.repository.acceptedObjects.list());
      const isOpen = (finding: Finding) => !isAcceptedObject(finding, accepted) && !isCountedElsewhere(finding);
      const others = (await standing()).filter(isOpen);
      return { ...counts, others: others.length };
    },
    onNudge: (nudge) =>
      'verify' in nudge ? workOnVerification(services, nudge.verify) : workOnDrill(services, nudge.drill),
    tick: (now) => verifyTick(services, now),
    schedule: async () => {
      const settings = await sharedSettings(services.records);
      const {
        drills,
        drillItems,
        samples = 'weekly',
        sampleShare: share = 0.02,
        fullEveryDays = 90,
      } = settings.verification;
      await scheduleVerifications(services, { samples, share, fullEveryDays });
      await drillTick(services, { every: drills, sampleSize: drillItems, ...placesOf(settings) });
    },
  };
}

/** A place holds content of other people for a moment: whoever could look into it there must be allowed to anyway. */
function placesOf({ access, verification: { drillPlaces } }: Settings): Pick<DrillPlan, 'places' | 'noPlaces'> {
  if (drillPlaces === undefined) return {};
  const places = drillPlaces as readonly string[] as readonly ResourceId[];
  if (access.contentAccess === 'admins') return { places };
  const noPlaces =
    'The setting contentAccess keeps administrators from content of other people, so that none is put anywhere.';
  return { places, noPlaces };
}
