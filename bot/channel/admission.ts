import { z } from 'zod';
import type { BotOptions } from './options.ts';

const id = z.string().min(1).max(1024);
const tenant = z.looseObject({ id: z.string().nullish() });

/** What must be in an activity before anything looks at it. */
const incoming = z.looseObject({
  type: z.string().min(1).max(64),
  id: z.string().max(1024).optional(),
  channelId: id,
  serviceUrl: z.string().min(1).max(2048),
  from: z.looseObject({ id, name: z.string().max(1024).nullish(), aadObjectId: z.string().min(1).max(128) }),
  recipient: z.looseObject({ id, name: z.string().max(1024).nullish() }),
  conversation: z.looseObject({
    id,
    conversationType: z.enum(['personal', 'channel', 'groupChat']).optional(),
    tenantId: z.string().nullish(),
  }),
  channelData: z.looseObject({ tenant: tenant.nullish() }).nullish(),
  locale: z.string().max(64).nullish(),
  localTimezone: z.string().max(128).nullish(),
  entities: z.unknown().optional(),
  replyToId: z.string().max(1024).nullish(),
});
export type Incoming = z.infer<typeof incoming>;

const clientInfo = z.looseObject({ type: z.literal('clientInfo'), timezone: z.string().max(128) });

/** The zone of the device, where Teams says it apart from the activity itself. */
export function clientZone(entities: unknown): string | undefined {
  if (!Array.isArray(entities)) return undefined;
  return entities.map((entity) => clientInfo.safeParse(entity).data?.timezone).find((zone) => zone !== undefined);
}

export type Admission =
  | { readonly admitted: true; readonly activity: Incoming }
  /** `why` is for our log; whoever knocks learns the status alone. */
  | { readonly admitted: false; readonly status: 400 | 403; readonly why: string };

const microsoftHosts = ['smba.trafficmanager.net'];
const microsoftDomains = ['.botframework.com', '.botframework.us', '.teams.microsoft.com', '.teams.microsoft.us'];
const loopback = new Set(['localhost', '127.0.0.1', '[::1]']);

/** May this activity be handled at all? Looks at nothing but the activity and the options; calls nobody. */
export function admit(body: unknown, options: Pick<BotOptions, 'auth' | 'tenantId' | 'serviceHosts'>): Admission {
  const parsed = incoming.safeParse(body);
  if (!parsed.success) {
    const fields = parsed.error.issues.map((issue) => issue.path.join('.'));
    // Nobody in particular, or no place to answer to: refused like a stranger. Anything else is malformed.
    const isStranger = fields.some((field) => /^(channelId|serviceUrl|from|conversation|recipient)\b/.test(field));
    return refused(isStranger ? 403 : 400, `missing ${fields.join(', ')}`);
  }
  const activity = parsed.data;
  const channels = options.auth === 'none' ? ['msteams', 'emulator'] : ['msteams'];
  if (!channels.includes(activity.channelId)) return refused(403, 'channel');
  if (!isServiceHost(activity.serviceUrl, options)) return refused(403, 'serviceUrl');
  const tenants = [activity.conversation.tenantId, activity.channelData?.tenant?.id].filter(
    (named) => named !== undefined && named !== null,
  );
  if (tenants.length === 0 || tenants.some((named) => named !== options.tenantId)) return refused(403, 'tenant');
  return { admitted: true, activity };
}

const refused = (status: 400 | 403, why: string): Admission => ({ admitted: false, status, why });

/** Answers, tokens included, go only to Microsoft's chat service and to hosts that the settings name. */
export function isServiceHost(
  address: string,
  { auth, serviceHosts }: Pick<BotOptions, 'auth' | 'serviceHosts'>,
): boolean {
  if (!URL.canParse(address)) return false;
  const url = new URL(address);
  if (url.username !== '' || url.password !== '') return false;
  const isLocal = loopback.has(url.hostname);
  if (url.protocol === 'http:') return isLocal && (auth === 'none' || serviceHosts.includes(url.host));
  if (url.protocol !== 'https:') return false;
  if (serviceHosts.includes(url.host)) return true;
  if (url.port !== '') return false;
  return microsoftHosts.includes(url.hostname) || microsoftDomains.some((domain) => url.hostname.endsWith(domain));
}
