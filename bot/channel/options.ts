import type { UserId } from '../../engine/model/ids.ts';

export type BotCredential =
  | { readonly kind: 'secret'; readonly secret: string }
  /** PEM file with certificate and private key. */
  | { readonly kind: 'certificate'; readonly path: string }
  | { readonly kind: 'managedIdentity' };

/** How the chat reaches the bot and how the bot proves itself to the chat; values come from the settings. */
export interface BotOptions {
  readonly tenantId: string;
  /** `none` is for the playground on this machine: no token is asked for. */
  readonly auth: 'required' | 'none';
  /** Needed unless `auth` is `none`. */
  readonly app?: { readonly clientId: string; readonly credential: BotCredential };
  /** Hosts (`host[:port]`) of chat services beside Microsoft's own. */
  readonly serviceHosts: readonly string[];
  /** With `auth: 'none'`: the person of the tenant who sits at the keyboard. Without it the chat's own id counts. */
  demoPerson?(from: ChatPerson): { readonly id: UserId; readonly name: string } | undefined;
  /** Where the chat service publishes its signing keys, and who signs; Microsoft's when absent. */
  readonly issuer?: { readonly metadataUrl: string; readonly name: string };
}

export interface ChatPerson {
  readonly id: string;
  readonly name?: string | undefined;
  readonly aadObjectId?: string | undefined;
}

export const microsoftIssuer = {
  metadataUrl: 'https://login.botframework.com/v1/.well-known/openidconfiguration',
  name: 'https://api.botframework.com',
};
