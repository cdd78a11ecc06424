import type { PolicyId } from '../../engine/model/ids.ts';
import { causeOfAlarm, isAlarm, isCriticalAlarm } from './alarms.ts';
import type { About } from './notices.ts';

/** Nothing of it could be backed up: worth waking somebody, and worth saying again. */
export const isCritical = (about: About): boolean =>
  isAlarm(about)
    ? isCriticalAlarm(about)
    : about.kind === 'runReport' && about.because === 'worse' && about.status === 'failed';

export const causeOfPolicy = (policy: string): string => `policy:${policy}`;
export const causeOfResource = (resource: string): string => `resource:${resource}`;

/** What has gone wrong, for silence about nothing else; undefined for what is no trouble. */
export function causeOf(about: About): string | undefined {
  if (isAlarm(about)) return causeOfAlarm(about);
  if (about.kind === 'runReport') return about.because === 'asked' ? undefined : causeOfPolicy(about.policyId);
  return about.kind === 'failingItems' ? causeOfResource(about.resource) : undefined;
}

/** The policy that a cause is about; undefined for other causes. */
export const policyOf = (cause: string): PolicyId | undefined =>
  cause.startsWith(causeOfPolicy('')) ? (cause.slice(causeOfPolicy('').length) as PolicyId) : undefined;
