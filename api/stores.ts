import { fileKeyWrapper } from '../azure/fileKeyWrapper.ts';
import { identity } from '../azure/identity.ts';
import { keyVaultWrapper } from '../azure/keyVaultWrapper.ts';
import { openStorage, type AzureStorage } from '../azure/openStorage.ts';
import type { KeyWrapper } from '../engine/ports/keyWrapper.ts';
import type { Settings } from './settings.ts';

/** Where copies are kept, by the settings. Asks nothing of the network yet. */
export const openStores = (settings: Pick<Settings, 'storage'>): Promise<AzureStorage> => openStorage(settings.storage);

/** The outer key, by the settings. Fault `key-unavailable` when a key file is missing; a vault is asked at the first use. */
export async function openOuterKey({ key }: Pick<Settings, 'key'>): Promise<KeyWrapper> {
  if ('path' in key) return fileKeyWrapper(key.path);
  return keyVaultWrapper({ keyId: key.vaultKeyId, credential: await identity() });
}
