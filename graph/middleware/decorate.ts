import { randomUUID } from 'node:crypto';
import type { Context, Middleware } from '@microsoft/microsoft-graph-client';
import { callOf, type Call } from '../call.ts';

/** SharePoint asks who calls in this form; `NONISV` is a tenant's own app. */
export const USER_AGENT = 'NONISV|Holdfast|Holdfast/0.1.0';

const OUTLOOK_PATH =
  /\/(mailFolders|messages|calendars?|calendarView|calendarGroups|events|contacts|contactFolders|todo|outlook|translateExchangeIds|mailboxSettings|inferenceClassification)\b|\/admin\/exchange\//;

/**
 * The `Prefer` of a call. Every Outlook call asks for immutable ids, here and nowhere else: one call without it would
 * bring the same message under a second id.
 */
export function preferOf(pathOrUrl: string, wishes: readonly string[]): string | undefined {
  const all = OUTLOOK_PATH.test(pathOrUrl.split('?')[0] ?? '') ? ['IdType="ImmutableId"', ...wishes] : wishes;
  return all.length === 0 ? undefined : all.join(', ');
}

/** Puts on every request what every request must carry. */
export function decorate(): Middleware {
  let next: Middleware | undefined;
  return {
    async execute(context: Context) {
      const call = callOf(context);
      context.options = {
        ...context.options,
        headers: { ...(context.options?.headers as Record<string, string>), ...common(call) },
      };
      await next?.execute(context);
    },
    setNext: (middleware) => (next = middleware),
  };
}

function common(call: Call): Record<string, string> {
  const prefer = preferOf(call.url, call.prefer);
  return {
    'user-agent': USER_AGENT,
    'client-request-id': randomUUID(),
    // Bytes that are kept as they are must come as they are.
    ...(call.want === 'json'
      ? { accept: 'application/json', 'accept-encoding': 'gzip' }
      : { 'accept-encoding': 'identity' }),
    ...(call.scope === 'directory' ? { 'x-ms-throttle-priority': 'Low' } : {}),
    ...(prefer === undefined ? {} : { prefer }),
  };
}
