import { isFault } from '../../engine/fault.ts';
import type { BotServices } from '../botServices.ts';
import { makeConversation } from '../conversation.ts';
import { keptDrafts } from '../drafts.ts';
import { BotActivities } from './activities.ts';
import { VerifiedAdapter } from './adapter.ts';
import { admit } from './admission.ts';
import { makeCourier } from './courier.ts';
import { microsoftIssuer, type BotOptions } from './options.ts';
import { tokenCheck, type VerifyToken } from './tokens.ts';

export interface BotRequest {
  readonly method: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Text, or what was parsed of it. */
  readonly body: unknown;
}

export interface BotAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** An activity is at most a message; larger ones are none. */
const mostChars = 512 * 1024;
/** The chat service may deliver an activity twice; so many are remembered. */
const mostRemembered = 2000;

/**
 * `POST /api/messages`. Waits for the turn. 401 for what the chat service did not sign for us, 403 for what comes from
 * elsewhere than Teams, our tenant, or a person; nothing goes out before that was checked, and nothing is printed.
 */
export function makeBotEndpoint(
  options: BotOptions,
  services: BotServices,
): (request: BotRequest) => Promise<BotAnswer> {
  const adapter = new VerifiedAdapter(options);
  const conversation = makeConversation(services, keptDrafts(services.records, services.clock));
  const activities = new BotActivities({ options, services, conversation, courier: makeCourier(adapter, options) });
  const verify = verifierOf(options, services);
  const seen = new Set<string>();

  /** True for a message that was delivered before. */
  const isRepeated = (type: string, conversationId: string, id: string | undefined): boolean => {
    if (type !== 'message' || id === undefined) return false;
    const key = `${conversationId} ${id}`;
    if (seen.has(key)) return true;
    seen.add(key);
    if (seen.size > mostRemembered) for (const oldest of seen.values().take(1)) seen.delete(oldest);
    return false;
  };

  return async ({ method, headers, body }) => {
    if (method !== 'POST') return { status: 405, headers: { allow: 'POST' } };
    if (typeof body === 'string' && body.length > mostChars) return refusal(413);
    const parsed = parse(body);
    try {
      const claim = addressOf(parsed);
      if (!(await verify(headers['authorization'], claim))) return refusal(401);
      const admission = admit(parsed, options);
      if (!admission.admitted) {
        services.log.warn('bot.refused', { status: admission.status, why: admission.why });
        return refusal(admission.status);
      }
      const { type, id, conversation: where } = admission.activity;
      if (isRepeated(type, where.id, id)) return { status: 200, headers: {} };
      const invoked = await adapter.receive({ ...(parsed as object) }, (context) => activities.run(context));
      return invoked === undefined ? { status: 200, headers: {} } : answer(invoked.status, invoked.body);
    } catch (error) {
      services.log.error('bot.activityFailed', {
        error: error instanceof Error ? error.name : 'unknown',
        ...(isFault(error) ? { kind: error.kind } : {}),
      });
      return refusal(isFault(error, 'unavailable') ? 503 : 500);
    }
  };
}

function verifierOf(options: BotOptions, { clock }: BotServices): VerifyToken {
  if (options.auth === 'none') return async () => true;
  const issuer = options.issuer ?? microsoftIssuer;
  return tokenCheck({
    metadataUrl: issuer.metadataUrl,
    issuer: issuer.name,
    audience: options.app?.clientId ?? '',
    now: () => clock.now(),
  });
}

function parse(body: unknown): unknown {
  if (typeof body !== 'string') return body;
  try {
    return JSON.parse(body);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** What the token has to speak for; empty where the activity does not say, which no token does. */
function addressOf(activity: unknown): { readonly channelId: string; readonly serviceUrl: string } {
  const { channelId, serviceUrl } = (typeof activity === 'object' && activity !== null ? activity : {}) as {
    readonly channelId?: unknown;
    readonly serviceUrl?: unknown;
  };
  return {
    channelId: typeof channelId === 'string' ? channelId : '',
    serviceUrl: typeof serviceUrl === 'string' ? serviceUrl : '',
  };
}

const refusal = (status: number): BotAnswer => ({ status, headers: {} });
const answer = (status: number, body: unknown): BotAnswer =>
  body === undefined
    ? { status, headers: {} }
    : { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(body) };
