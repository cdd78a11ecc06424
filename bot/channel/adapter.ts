import { readFileSync } from 'node:fs';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import {
  CloudAdapter,
  ConfigurationBotFrameworkAuthentication,
  ConfigurationServiceClientCredentialFactory,
  type Activity,
  type InvokeResponse,
  type TurnContext,
} from 'botbuilder';
import type { BotOptions } from './options.ts';

/** For whom our own tokens are: the chat service, under this name in every public tenant. */
const chatService = 'https://api.botframework.com';

/**
 * botbuilder's adapter for activities that were verified before: its own check of the token prints signing keys and
 * answers 500 on a forged one, so it is never asked.
 */
export class VerifiedAdapter extends CloudAdapter {
  readonly #botId: string;

  constructor(options: BotOptions) {
    super(new ConfigurationBotFrameworkAuthentication({}, credentialsOf(options)));
    this.#botId = options.app?.clientId ?? '';
  }

  /** Runs one turn and waits for it; answers what an invoke is answered with. */
  async receive(
    activity: Partial<Activity>,
    logic: (context: TurnContext) => Promise<void>,
  ): Promise<InvokeResponse | undefined> {
    const claimsIdentity = this.createClaimsIdentity(this.#botId);
    return this.processActivity(
      {
        claimsIdentity,
        audience: chatService,
        connectorFactory: this.botFrameworkAuthentication.createConnectorFactory(claimsIdentity),
      },
      activity as Activity,
      logic,
    );
  }

  get botId(): string {
    return this.#botId;
  }
}

function credentialsOf({ app, tenantId, auth }: BotOptions): ConfigurationServiceClientCredentialFactory {
  if (app === undefined) {
    if (auth === 'required') throw new Error('The bot has no app to speak as: BOT_ID is missing');
    return new ConfigurationServiceClientCredentialFactory({ MicrosoftAppType: 'MultiTenant' });
  }
  const single = { MicrosoftAppId: app.clientId, MicrosoftAppTenantId: tenantId };
  switch (app.credential.kind) {
    case 'secret':
      return new ConfigurationServiceClientCredentialFactory({
        ...single,
        MicrosoftAppType: 'SingleTenant',
        MicrosoftAppPassword: app.credential.secret,
      });
    case 'certificate': {
      const pem = readFileSync(app.credential.path, 'utf8');
      return new ConfigurationServiceClientCredentialFactory({
        ...single,
        MicrosoftAppType: 'SingleTenant',
        CertificateThumbprint: new X509Certificate(pem).fingerprint.replaceAll(':', ''),
        CertificatePrivateKey: createPrivateKey(pem).export({ type: 'pkcs8', format: 'pem' }).toString(),
      });
    }
    case 'managedIdentity':
      return new ConfigurationServiceClientCredentialFactory({ ...single, MicrosoftAppType: 'UserAssignedMsi' });
  }
}
