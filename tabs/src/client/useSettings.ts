import type { ApiClient } from '../../../contract/client.ts';
import type { Settings, SettingsName } from '../../../contract/settings.ts';
import { useApi } from './apiContext.ts';
import { useReading } from './useRoute.ts';
import type { Loaded } from './useRoute.ts';

/** A group of settings as it was read; `etag` says which version, and is absent while nobody has saved the group. */
export interface ReadSettings<Name extends SettingsName> {
  readonly value: Settings[Name];
  readonly etag: string | undefined;
}

/** One group of settings, with the version that a change must name. */
export function useSettings<Name extends SettingsName>(name: Name): Loaded<ReadSettings<Name>> {
  const api = useApi();
  return useReading(`settings ${name}`, async (signal) => {
    const answer = await api.open('getSettings', { params: { name } }, { signal });
    const etag = answer.headers.get('ETag')?.replaceAll('"', '');
    return { value: (await answer.json()) as Settings[Name], etag };
  });
}

/**
 * Changes some settings of a group and leaves the others of it as they were read: the server replaces the whole group.
 * Refused when somebody changed the group after it was read.
 */
export const saveSettings = <Name extends SettingsName>(
  api: ApiClient,
  name: Name,
  { value, etag }: ReadSettings<Name>,
  change: Partial<Settings[Name]>,
) =>
  api.call(
    'putSettings',
    { params: { name }, body: { ...value, ...change } },
    etag === undefined ? {} : { ifMatch: etag },
  );
