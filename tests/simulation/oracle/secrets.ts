import type { QueueName } from '../../../engine/ports/queue.ts';
import type { Table } from '../../../engine/ports/tableStore.ts';
import type { World } from '../kernel/world.ts';
import type { Findings } from './violations.ts';

/** Subjects, names of files and folders, addresses of the people in the simulated tenant, and tokens. */
const CANARIES = /Message \d|File \d|Came since|Given back|@contoso|Another subject|Bearer |large\.bin|inside\.txt/;
const queues: readonly QueueName[] = ['backup', 'history', 'restore', 'sweep'];
const tables: readonly Table[] = ['resources', 'catalog', 'records', 'leases'];

/** I33: what people wrote and what opens doors is in no log line, no message and no plain column. */
export function checkSecrets({ land, log }: World, findings: Findings): void {
  const look = (where: string, text: string): void => {
    const found = CANARIES.exec(text);
    findings.check('I33', found === null, () => `${where} shows ${found?.[0]}: ${text.slice(0, 200)}`);
  };
  look('the log', JSON.stringify(log.lines));
  for (const queue of queues) look(`queue ${queue}`, JSON.stringify(land.queue.sent(queue)));
  for (const table of tables) {
    const plain: string[] = [];
    for (const partition of land.tables.partitions(table))
      for (const { key, columns } of land.tables.stored(table, partition))
        plain.push(partition, key, ...Object.values(columns).filter((value) => typeof value === 'string'));
    look(`table ${table}`, plain.join('\n'));
  }
}
