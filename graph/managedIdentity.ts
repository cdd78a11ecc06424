import { Fault } from '../engine/fault.ts';

/** Quick ones, or after as long as the endpoint asks: who needs a token waits longer by itself. */
const retryOptions = { maxRetries: 1, retryDelayInMs: 250 };

/**
 * A token of the host's identity for `audience`. AZURE_CLIENT_ID says which identity is meant; elsewhere than in Azure it
 * is the developer's own sign-in. Fault `unavailable` while Azure's endpoint has passing trouble, `unauthorized` when
 * there is no such identity.
 */
export async function identityToken(audience: string): Promise<string> {
  const isInAzure = process.env['IDENTITY_ENDPOINT'] !== undefined || process.env['MSI_ENDPOINT'] !== undefined;
  const clientId = process.env['AZURE_CLIENT_ID'];
  try {
    // Loaded when it is needed: nobody else pays for it at start.
    const { DefaultAzureCredential, ManagedIdentityCredential } = await import('@azure/identity');
    // In Azure nothing else can help; trying a developer's tools takes long and hides what the endpoint said.
    const credential = isInAzure
      ? new ManagedIdentityCredential({ ...(clientId && { clientId }), retryOptions })
      : new DefaultAzureCredential();
    return (await credential.getToken(`${audience}/.default`)).token;
  } catch (cause) {
    if (isInAzure && isPassing(cause))
      throw new Fault('unavailable', 'Azure’s endpoint for managed identities does not answer', {
        origin: 'graph',
        cause,
      });
    throw new Fault('unauthorized', 'This host has no managed identity that could vouch for the app', {
      origin: 'graph',
      cause,
    });
  }
}

/** All that fails has one name; what the endpoint said, or that it said nothing, is in the cause. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof Error) || typeof error.cause !== 'object' || error.cause === null) return false;
  const { errorCode, status = 0 } = error.cause as { readonly errorCode?: string; readonly status?: number };
  return errorCode === 'network_error' || status === 429 || status >= 500;
}
