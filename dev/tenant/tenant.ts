import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { serverCertificate } from './ca.ts';
import { ContentStore } from './content/contentStore.ts';
import { contentHandler } from './content/contentServer.ts';
import { SignedLinks } from './content/signedLinks.ts';
import { entraHandler, type Entra } from './entra/entraServer.ts';
import { SignInDirectory } from './entra/directory.ts';
import { signingKeys } from './entra/keys.ts';
import { TokenMaker } from './entra/tokens.ts';
import { CallerReader } from './graph/callerOf.ts';
import { Faults } from './graph/faults.ts';
import { graphHandler } from './graph/graphServer.ts';
import { GraphService } from './graph/graphService.ts';
import { graphHandlers } from './graph/handlers.ts';
import { linkHandlers } from './graph/linkHandlers.ts';
import { openApiCheck } from './graph/openApiCheck.ts';
import { TokenBook } from './graph/paging.ts';
import { Recorder } from './graph/recorder.ts';
import type { TenantState } from './graph/tenantState.ts';
import { Throttle } from './graph/throttle.ts';
import { controlHandler } from './control/controlServer.ts';
import { listen, type Handler, type Origin } from './http/listen.ts';
import { withDefaults, type TenantApps, type TenantOptions } from './options.ts';
import { seedTenant } from './seed/seedTenant.ts';
import { Database } from './store/database.ts';

/** A running demo tenant and where to reach it. */
export interface DemoTenant {
  /** Base address of Graph (GRAPH_ENDPOINT), https. */
  readonly graphUrl: string;
  /** AUTHORITY_HOST, https. */
  readonly authorityUrl: string;
  /** Origin of pre-authenticated links, https; its `host:port` belongs into CONTENT_HOSTS. */
  readonly contentUrl: string;
  /** The same sign-in endpoints over plain http on loopback (BROWSER_AUTHORITY_HOST). */
  readonly loopbackSignInUrl: string;
  /** Control endpoints, plain http on loopback. */
  readonly controlUrl: string;
  /** PEM file for NODE_EXTRA_CA_CERTS. */
  readonly caPath: string;
  readonly ca: string;
  readonly tenantId: string;
  readonly apps: TenantApps;
  /** For tests inside the same process. */
  readonly state: TenantState;
  readonly recorder: Recorder;
  readonly throttle: Throttle;
  readonly faults: Faults;
  close(): Promise<void>;
}

/** Starts the tenant on the data in `dataDir`, which is seeded at the first start. */
export async function startTenant(given: Partial<TenantOptions> & { readonly dataDir: string }): Promise<DemoTenant> {
  const options = withDefaults(given);
  mkdirSync(options.dataDir, { recursive: true });
  const tls = await serverCertificate(join(options.dataDir, 'pki'), ['localhost', '127.0.0.1', '::1']);
  const database = new Database(join(options.dataDir, 'tenant.db'));
  const state: TenantState = {
    options,
    database,
    content: new ContentStore(options.dataDir, options.corpusDir),
    tokens: new TokenBook(database.secret('paging-secret')),
    links: new SignedLinks(database.secret('link-secret')),
    tunables: {
      linkSeconds: options.linkSeconds,
      deltaReplay: options.deltaReplay,
      latencyMs: options.latencyMs,
      exportTakesImmutableIds: true,
      exportErrorName: 'error',
      officeRewrites: false,
      tokenSeconds: 3599,
      importExportAllowed: true,
    },
    origins: { graph: '', authority: '', content: '', signIn: '', control: '' },
  };
  await seedTenant(state);

  const directory = new SignInDirectory(database, options.apps);
  const keys = signingKeys(database);
  const recorder = new Recorder(database);
  const faults = new Faults();
  const throttle = new Throttle(options.throttle, (name) => userIdOf(state, name));

  const origins: Origin[] = [];
  const open = async (name: keyof TenantState['origins'], handler: Handler): Promise<void> => {
    const host =
      name === 'content' ? options.contentHost : name === 'graph' || name === 'authority' ? options.host : '127.0.0.1';
    const secure = name === 'graph' || name === 'authority' || name === 'content';
    const origin = await listenWhereBefore(
      database,
      name,
      options.ports[name],
      handler,
      host,
      secure ? { key: tls.key, cert: tls.certificate } : undefined,
    );
    origins.push(origin);
    state.origins[name] = origin.url;
  };

  const parts: { entra?: Entra; service?: GraphService } = {};
  const required = <T>(part: T | undefined): T => {
    if (part === undefined) throw new Error('The demo tenant is still starting');
    return part;
  };
  await open('authority', (request, response) =>
    entraHandler(required(parts.entra), () => state.origins.authority)(request, response),
  );
  await open('signIn', (request, response) =>
    entraHandler(required(parts.entra), () => state.origins.signIn)(request, response),
  );
  await open(
    'graph',
    graphHandler(() => required(parts.service), recorder),
  );
  await open('content', contentHandler({ state, recorder, faults, handlers: linkHandlers(state, recorder, throttle) }));

  const issuer = `${state.origins.authority}/${options.tenantId}/v2.0`;
  const tokens = new TokenMaker(
    keys,
    database.secret('grant-secret'),
    issuer,
    options.tenantId,
    () => state.tunables.tokenSeconds,
  );
  parts.entra = {
    directory,
    tokens,
    keys,
    apiClientId: options.apps.api.clientId,
    graphUrl: state.origins.graph,
    authorityUrl: state.origins.authority,
  };
  parts.service = new GraphService({
    origin: state.origins.graph,
    callers: new CallerReader(keys, directory, issuer, state.origins.graph),
    recorder,
    throttle,
    faults,
    latencyMs: () => state.tunables.latencyMs,
    handlers: graphHandlers(state, recorder, () => required(parts.service)),
    schemas: options.openApiDir === undefined ? undefined : openApiCheck(options.openApiDir, recorder),
  });
  await open('control', controlHandler({ state, recorder, faults, throttle, directory, tokens, keys }));

  return {
    graphUrl: state.origins.graph,
    authorityUrl: state.origins.authority,
    contentUrl: state.origins.content,
    loopbackSignInUrl: state.origins.signIn,
    controlUrl: state.origins.control,
    caPath: tls.caPath,
    ca: tls.ca,
    tenantId: options.tenantId,
    apps: options.apps,
    state,
    recorder,
    throttle,
    faults,
    close: async () => {
      await Promise.all(origins.map((origin) => origin.close()));
      database.close();
    },
  };
}

/** Links in a client's cursors name the port, so each server comes back where it was, if that is still free. */
async function listenWhereBefore(
  database: Database,
  name: string,
  wanted: number,
  handler: Handler,
  host: string,
  tls?: { key: string; cert: string },
): Promise<Origin> {
  const before = Number(database.meta(`port-${name}`) ?? 0);
  const port = wanted === 0 ? before : wanted;
  const origin = await listen(handler, port, host, tls).catch((error: unknown) => {
    const taken = (error as { code?: string }).code === 'EADDRINUSE';
    if (!taken || wanted !== 0) throw error;
    return listen(handler, 0, host, tls);
  });
  database.setMeta(`port-${name}`, String(origin.port));
  return origin;
}

/** One mailbox is one budget, whether it is named by id, principal name or mailbox id. */
function userIdOf(state: TenantState, name: string): string {
  const mailbox = /^mbx:([^@]+)@/i.exec(name)?.[1] ?? '';
  const user = state.database.get<{ id: string }>(
    'SELECT id FROM users WHERE id = ? OR upn = ? OR mailbox = ?',
    name.toLowerCase(),
    name,
    mailbox,
  );
  return user?.id ?? name.toLowerCase();
}
