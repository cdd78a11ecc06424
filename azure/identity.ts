import type { TokenCredential } from '@azure/identity';

/** The managed identity in Azure, the developer's own sign-in elsewhere. Loaded only when needed: it is a large module. */
export async function identity(clientId?: string): Promise<TokenCredential> {
  const { DefaultAzureCredential } = await import('@azure/identity');
  return new DefaultAzureCredential(clientId === undefined ? {} : { managedIdentityClientId: clientId });
}
