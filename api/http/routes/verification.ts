import type { DamagedItem, Drill, DrillResult, Finding, Verification } from '../../../contract/verification.ts';
import { isFault } from '../../../engine/fault.ts';
import type { Drill as StoredDrill, DrillResult as StoredResult } from '../../../engine/model/drill.ts';
import type { ItemId, ResourceId, UserId } from '../../../engine/model/ids.ts';
import type {
  Finding as StoredFinding,
  Verification as Stored,
  VerificationRepair,
} from '../../../engine/model/verification.ts';
import {
  isAcceptedLoss,
  type AcceptedLoss,
  type DamagedItem as StoredItem,
} from '../../../engine/repository/damage.ts';
import { isLostForGood } from '../../../engine/verify/acceptLoss.ts';
import { maySeeNames, sharedSettings } from '../../access.ts';
import { administrator } from '../administrator.ts';
import { json } from '../answer.ts';
import { audit } from '../audit.ts';
import type { Handlers } from '../handler.ts';
import { named, type Names } from '../named.ts';
import { cutPages } from '../paging.ts';
import { notFound, Refusal } from '../problem.ts';
import { findResource } from '../find.ts';
import { resourcesById } from './runs.ts';

type VerificationRoute =
  | 'startVerification'
  | 'listVerifications'
  | 'getVerification'
  | 'listFindings'
  | 'startRepair'
  | 'listDamaged'
  | 'acceptLoss'
  | 'startDrill'
  | 'listDrills'
  | 'getDrill'
  | 'listDrillResults';

export const verificationRoutes: Handlers<VerificationRoute> = {
  startVerification:
    async (asked) =>
    async ({ body = {} }) => {
      const { services, caller } = asked;
      const { level = 'sampling', resourceId, share, seed } = body;
      if (resourceId !== undefined) await findResource(services, caller, resourceId);
      const order = {
        level,
        ...(share === undefined ? {} : { share }),
        ...(seed === undefined ? {} : { seed }),
        ...(resourceId === undefined ? {} : { resource: resourceId as ResourceId }),
      };
      const id = await services.verification.start(order, caller.id as UserId);
      await audit(asked, 'verify.start', { verification: id, level });
      return json({ id }, 202, { Location: `/api/verifications/${id}` });
    },

  listVerifications:
    async ({ services }) =>
    async ({ query }) =>
      json(
        await cutPages(
          (token) => services.verification.list(token),
          presentVerification(await services.roles.names()),
          {
            size: query.pageSize,
            token: query.pageToken,
          },
        ),
      ),

  getVerification: async ({ services, params }) => {
    const found = await services.verification.get(params.id);
    if (found === undefined) throw notFound('verification');
    return async () => json(presentVerification(await services.roles.names())(found));
  },

  listFindings: async ({ services, caller, params }) => {
    if ((await services.verification.get(params.id)) === undefined) throw notFound('verification');
    return async ({ query }) => {
      const page = await cutPages(
        (token) => services.verification.findings(params.id, token),
        (finding) => finding,
        {
          size: query.pageSize,
          token: query.pageToken,
        },
      );
      const settings = await sharedSettings(services.records);
      const resources = await resourcesById(
        services,
        page.value.flatMap(({ resourceId }) => resourceId ?? []),
      );
      const value = page.value.map((finding) => {
        const resource = finding.resourceId && resources.get(finding.resourceId);
        return presentFinding(finding, resource !== undefined && maySeeNames(caller, resource, settings));
      });
      return json({ ...page, value });
    };
  },

  startRepair: async (asked) => {
    const { id } = asked.params;
    const found = await asked.services.verification.get(id);
    if (found === undefined) throw notFound('verification');
    return async () => {
      try {
        await asked.services.verification.startRepair(id, asked.caller.id as UserId);
      } catch (error) {
        if (!isFault(error, 'conflict')) throw error;
        throw new Refusal(409, error.message);
      }
      await audit(asked, 'verify.repair', { verification: id });
      return json({ id }, 202, { Location: `/api/verifications/${id}` });
    };
  },

  listDamaged: async ({ services, caller, params }) => {
    const { resource, settings } = await findResource(services, caller, params.id);
    return async ({ query }) => {
      const value = await services.verification.damagedItems(resource.id);
      const names = await services.roles.names();
      const showNames = maySeeNames(caller, resource, settings);
      return json(
        await cutPages(
          async () => ({ value }),
          (item) => presentDamaged(item, { names, showNames, mayAccept: isLostForGood(item, resource) }),
          { size: query.pageSize, token: query.pageToken },
        ),
      );
    };
  },

  acceptLoss: async ({ services, caller, params }) => {
    const { resource } = await findResource(services, caller, params.id);
    return async ({ body: { reason, items } }) => {
      const order = { reason, ...(items === undefined ? {} : { items: items as ItemId[] }) };
      return json(await services.verification.acceptLoss(administrator(caller), resource, order));
    };
  },

  startDrill:
    async (asked) =>
    async ({ body }) => {
      const id = await asked.services.verification.startDrill(body?.items, asked.caller.id as UserId);
      if (id === undefined) throw new Refusal(409, 'There is no restore point yet that could be restored from.');
      await audit(asked, 'drill.start', { drill: id });
      return json({ id }, 202, { Location: `/api/drills/${id}` });
    },

  listDrills:
    async ({ services }) =>
    async ({ query }) =>
      json(
        await cutPages((token) => services.verification.listDrills(token), presentDrill(await services.roles.names()), {
          size: query.pageSize,
          token: query.pageToken,
        }),
      ),

  getDrill: async ({ services, params }) => {
    const found = await services.verification.getDrill(params.id);
    if (found === undefined) throw notFound('drill');
    return async () => json(presentDrill(await services.roles.names())(found));
  },

  listDrillResults: async ({ services, params }) => {
    if ((await services.verification.getDrill(params.id)) === undefined) throw notFound('drill');
    return async ({ query }) =>
      json(
        await cutPages((token) => services.verification.drillResults(params.id, token), presentResult, {
          size: query.pageSize,
          token: query.pageToken,
        }),
      );
  },
};

const presentVerification =
  (names: Names) =>
  (stored: Stored): Verification => {
    const { holder: _, place: __, suspects: ___, strangers: ____, tries: _____, resource, repair, ...shown } = stored;
    return {
      ...named('startedByName', shown.startedBy, names),
      ...shown,
      ...(repair === undefined ? {} : { repair: presentRepair(repair, names) }),
      ...(resource === undefined ? {} : { resourceId: resource }),
    };
  };

const presentRepair = (repair: VerificationRepair, names: Names): NonNullable<Verification['repair']> => {
  const { place: _, ...shown } = repair;
  return {
    ...named('startedByName', repair.startedBy, names),
    ...shown,
    done: [...repair.done],
    left: [...repair.left],
  };
};

function presentFinding(stored: StoredFinding, showName: boolean): Finding {
  const { key: _, packs: __, item, points, ...shown } = stored;
  const name = showName && item !== undefined ? item.name : `item ${item?.id.slice(0, 6) ?? ''}`;
  return { ...shown, points: [...points], ...(item === undefined ? {} : { item: { id: item.id, name } }) };
}

function presentDamaged(
  { itemId, name, kind, reason, at, points, inNewest, goneSince, accepted }: StoredItem,
  { names, showNames, mayAccept }: { readonly names: Names; readonly showNames: boolean; readonly mayAccept: boolean },
): DamagedItem {
  const isAccepted = accepted !== undefined && isAcceptedLoss({ accepted, points });
  return {
    id: itemId,
    name: showNames ? name : `item ${itemId.slice(0, 6)}`,
    kind,
    detail: reason,
    at,
    points: [...points],
    inNewest,
    ...(goneSince === undefined ? {} : { goneSince }),
    mayAccept: mayAccept && !isAccepted,
    ...(isAccepted ? { accepted: presentLoss(accepted, names) } : {}),
  };
}

const presentLoss = ({ by, byName, at, reason }: AcceptedLoss, names: Names): NonNullable<DamagedItem['accepted']> => ({
  by,
  ...named('byName', by, names),
  ...(byName === undefined ? {} : { byName }),
  at,
  reason,
});

const presentDrill =
  (names: Names) =>
  (stored: StoredDrill): Drill => {
    const { drill: _, holder: __, seed: ___, tries: ____, destination, resources, ...shown } = stored;
    return {
      ...named('startedByName', shown.startedBy, names),
      ...shown,
      destination:
        destination.kind === 'memory' ? destination : { ...destination, resources: [...destination.resources] },
      resources: [...resources],
    };
  };

const presentResult = ({ because, checks, ...shown }: StoredResult): DrillResult => ({
  ...shown,
  because: [...because],
  checks: checks.map((check) => ({ ...check })),
});
