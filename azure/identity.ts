import type { TokenCredential } from '@azure/identity';

/** Quick ones, or after as long as the endpoint asks: whoever needs storage or a key waits longer by itself. */
const retryOptions = { maxRetries: 1, retryDelayInMs: 250 };

/**
 * The managed identity in Azure, by AZURE_CLIENT_ID when no `clientId` says which; the developer's own sign-in elsewhere.
 * Loaded only when needed: it is a large module.
 */
export async function identity(clientId?: string): Promise<TokenCredential> {
  const { DefaultAzureCredential, ManagedIdentityCredential } = await import('@azure/identity');
  const isInAzure = process.env['IDENTITY_ENDPOINT'] !== undefined || process.env['MSI_ENDPOINT'] !== undefined;
  // In Azure nothing else can help; trying a developer's tools takes long and hides what the endpoint said.
  if (!isInAzure)
    return new DefaultAzureCredential(clientId === undefined ? {} : { managedIdentityClientId: clientId });
  const named = clientId ?? process.env['AZURE_CLIENT_ID'];
  return new ManagedIdentityCredential({ ...(named && { clientId: named }), retryOptions });
}

/** What a failed sign-in means: `passing` while Azure's endpoint does not answer; undefined for every other trouble. */
export function signInTrouble(error: object): 'passing' | 'refused' | undefined {
  const { name, cause } = error as { readonly name?: string; readonly cause?: unknown };
  switch (name) {
    case 'CredentialUnavailableError': {
      // All that fails has this one name; what the endpoint said, or that it said nothing, is in the cause.
      const said = (cause ?? {}) as { readonly errorCode?: string; readonly status?: number };
      const status = said.status ?? 0;
      return said.errorCode === 'network_error' || status === 429 || status >= 500 ? 'passing' : 'refused';
    }
    case 'AggregateAuthenticationError':
    case 'AuthenticationError':
    case 'AuthenticationRequiredError':
      return 'refused';
    default:
      return undefined;
  }
}
