import { defaultSettings, type SettingsName, settingsGroups } from '../../../contract/settings.ts';
import type { ResourceId } from '../../../engine/model/ids.ts';
import { readRecord } from '../../../engine/records/everyResource.ts';
import { sharedSettings } from '../../access.ts';
import type { Services } from '../../services.ts';
import { json } from '../answer.ts';
import { auditEntry } from '../audit.ts';
import { headerOf, insistOnVersion, unlessChanged } from '../etag.ts';
import type { Handlers } from '../handler.ts';
import { badInput } from '../problem.ts';

export const settingsRoutes: Handlers<'getAllSettings' | 'getSettings' | 'putSettings'> = {
  getAllSettings:
    async ({ services }) =>
    async () =>
      json(await sharedSettings(services.records)),

  getSettings:
    async ({ services, params }) =>
    async () => {
      const stored = await services.records.settings.get(params.name);
      const all = await sharedSettings(services.records);
      return json(all[params.name], 200, stored === undefined ? {} : { ETag: headerOf(stored.etag) });
    },

  putSettings:
    async (asked) =>
    async ({ body }) => {
      const { services, params, call } = asked;
      const value = parseGroup(params.name, body);
      if ('drillPlaces' in value) await insistOnPlaces(services, value.drillPlaces ?? []);
      const stored = await services.records.settings.get(params.name);
      insistOnVersion(call, undefined, stored?.etag ?? '');
      const before = (await sharedSettings(services.records))[params.name];
      // What is left out falls back to its default, and counts as such from now on.
      const after = { ...defaultSettings[params.name], ...value };
      const noted = auditEntry(asked, 'settings.change', { settings: params.name, ...differences(before, after) });
      const etag = await unlessChanged(call, () =>
        services.records.settings.put(params.name, value, stored?.etag, noted),
      );
      return json(value, 200, { ETag: headerOf(etag) });
    },
};

function parseGroup(name: SettingsName, body: unknown) {
  const parsed = settingsGroups[name].safeParse(body);
  if (parsed.success) return parsed.data;
  throw badInput(
    parsed.error.issues.flatMap((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => ({ field: key, message: 'is not known here' }))
        : [{ field: issue.path.join('.') || 'body', message: issue.message }],
    ),
  );
}

/** Each a mailbox or drive that is known, and one of a workload: it would not be clear which. */
async function insistOnPlaces({ records }: Services, named: readonly string[]): Promise<void> {
  const known = await Promise.all(named.map((id) => readRecord(records, id as ResourceId)));
  const workloads = known.flatMap((one) => (typeof one === 'object' ? [one.workload] : []));
  if (workloads.length < named.length)
    throw badInput([{ field: 'drillPlaces', message: 'names a mailbox or drive that is not known here' }]);
  if (new Set(workloads).size < workloads.length)
    throw badInput([{ field: 'drillPlaces', message: 'names two places of one workload' }]);
}

/** What changed and what it is now, for the audit; also what fell away. */
function differences(before: object, after: object): Record<string, string> {
  const [was, is] = [written(before), written(after)];
  const changed = [...new Set([...was.keys(), ...is.keys()])].filter((key) => was.get(key) !== is.get(key));
  return Object.fromEntries(changed.map((key) => [key, is.get(key) ?? 'not set']));
}

const written = (group: object): ReadonlyMap<string, string> =>
  new Map(Object.entries(group).flatMap(([key, value]) => (value === undefined ? [] : [[key, JSON.stringify(value)]])));
