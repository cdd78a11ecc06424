import { z } from 'zod';
import { Fault } from '../engine/fault.ts';
import { SettingsError, type Settings } from './settings.ts';

const GUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/i;
const IS_GUID = new RegExp(`^${GUID.source}$`, 'i');
/** By real time: asked once at the start, before there is a clock or anything else of the app. */
const TIMEOUT_MS = 10_000;
const metadata = z.object({ issuer: z.url() });

const WHERE = 'Set TENANT_ID to the id that the Entra admin center shows under Overview as Tenant ID.';

/**
 * The settings with the tenant's id, where TENANT_ID names one of its domains: tokens carry the id, and the repository
 * belongs to it. Asks AUTHORITY_HOST, and nobody else, once per call; an id is taken as it is without a question. Throws
 * SettingsError when no such tenant is known there, Fault `unavailable` when there is no answer.
 */
export async function withTenantId(settings: Settings, send: typeof fetch = fetch): Promise<Settings> {
  const { authorityHost, tenantId: named } = settings;
  if (IS_GUID.test(named)) return settings;
  const { host } = new URL(authorityHost);
  const { status, body } = await ask(`${authorityHost}/${named}/v2.0/.well-known/openid-configuration`, named, send);
  const answer = metadata.safeParse(body);
  if (answer.success) {
    const { pathname } = new URL(answer.data.issuer);
    const id = GUID.exec(pathname)?.[0];
    if (id !== undefined) return { ...settings, tenantId: id.toLowerCase() };
    // Servers other than Entra may call their tenants what they like.
    if (pathname.split('/').includes(named)) return settings;
  }
  if (status >= 500 || status === 429) throw unanswered(host, named);
  throw new SettingsError([`TENANT_ID: ${host} knows no tenant "${named}". ${WHERE} AUTHORITY_HOST names the cloud.`]);
}

async function ask(address: string, named: string, send: typeof fetch): Promise<{ status: number; body: unknown }> {
  try {
    const response = await send(address, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
    const body: unknown = await response.json();
    return { status: response.status, body };
  } catch (cause) {
    throw unanswered(new URL(address).host, named, cause);
  }
}

const unanswered = (host: string, named: string, cause?: unknown) =>
  new Fault(
    'unavailable',
    `The sign-in service at ${host} does not answer, so that the id of tenant "${named}" is not known. Try again in a minute. ${WHERE} Then nothing has to be asked.`,
    { cause },
  );
