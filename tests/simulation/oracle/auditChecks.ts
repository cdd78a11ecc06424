import { allPages } from '../../../engine/backup/allPages.ts';
import type { AuditEntry } from '../../../engine/records/records.ts';
import type { StoredRequest } from '../../../engine/restore/requestStore.ts';
import type { World } from '../kernel/world.ts';
import type { Inspector } from './inspector.ts';
import type { Findings } from './violations.ts';

/** Notes every point that goes, and when. */
export function watchHidden({ land, time }: World): readonly Hidden[] {
  const hidden: Hidden[] = [];
  land.tables.onMutation(({ table, rows }) => {
    if (table !== 'resources') return;
    for (const { key, after } of rows)
      if (key.startsWith('point/') && after === undefined)
        hidden.push({ point: key.slice(key.lastIndexOf('/') + 1), at: time.now });
  });
  return hidden;
}

export interface Hidden {
  readonly point: string;
  readonly at: number;
}

/** I34: every action that changed something stands in the audit exactly once, in one chain, and before what it led to. */
export async function checkAudit(
  world: World,
  { records }: Inspector,
  hidden: readonly Hidden[],
  findings: Findings,
): Promise<void> {
  const entries = await Array.fromAsync(allPages((token) => records.audit.list(token)));
  const broken = await records.audit.verify();
  findings.check('I34', broken === undefined, () => `the audit is broken at entry ${broken}`);
  const once = (action: string, key: string, value: string): AuditEntry | undefined => {
    const found = entries.filter((entry) => entry.action === action && entry.on[key] === value);
    findings.check('I34', found.length === 1, () => `${action} of ${value} stands ${found.length} times in the audit`);
    return found[0];
  };

  for (const { value } of await records.policies.list()) once('policy.create', 'policy', value.id);
  for (const { value } of await records.holds.list()) once('hold.set', 'hold', value.id);
  for await (const { id, value } of allPages((token) => records.requests.list(token))) {
    const { state, startedAt } = (value as StoredRequest).request;
    if (startedAt === undefined) continue;
    // It is noted before it begins: who got no answer and presses again notes it again.
    const starts = entries.filter(({ action, on }) => action === 'restore.start' && on['request'] === id);
    const lost = world.boundary.hits.length;
    findings.check(
      'I34',
      starts.length >= 1 && starts.length <= 1 + lost,
      () => `the start of ${id} stands ${starts.length} times in the audit, after ${lost} faults`,
    );
    const started = starts.at(-1);
    const [first] = world.land.tenant.writes.filter(({ app }) => app === 'restore');
    findings.check(
      'I34',
      first === undefined || (started !== undefined && Date.parse(started.at) <= first.at),
      () => `request ${id} is ${state} and wrote at ${first?.at} what the audit has at ${started?.at}`,
    );
  }
  const cycles = entries.filter(({ action }) => action === 'sweep.cycle').map(({ on }) => on['cycle']);
  findings.check('I34', new Set(cycles).size === cycles.length, () => `a cleanup is told twice: ${cycles.join()}`);
  const told = entries
    .filter(({ action }) => action === 'points.expiring')
    .flatMap(({ at, on }) => (on['points'] ?? '').split(', ').map((point) => ({ at: Date.parse(at), point })));
  for (const { point, at } of hidden)
    findings.check(
      'I34',
      told.some((one) => one.point === point && one.at <= at),
      () => `point ${point} went at ${at}, and the audit knew nothing of it then`,
    );
}
