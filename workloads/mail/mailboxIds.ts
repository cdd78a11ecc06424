import { z } from 'zod';
import type { ReadContext } from '../../engine/connector.ts';
import { Fault } from '../../engine/fault.ts';
import { segment, type Graph } from '../../graph/index.ts';
import { mailOptions } from './folders.ts';

/** Under which id the import and export API knows a mailbox; asked once for each. */
export interface MailboxIds {
  /** Fault `unsupported` where the mailbox has none. */
  idOf(graph: Graph, userId: string, context: Pick<ReadContext, 'priority' | 'signal'>): Promise<string>;
}

const exchangeShape = z.object({ primaryMailboxId: z.string().nullish() });

export function createMailboxIds(): MailboxIds {
  const ids = new Map<string, string>();
  return {
    async idOf(graph, userId, context) {
      const known = ids.get(userId);
      if (known !== undefined) return known;
      const path = `/users/${segment(userId)}/settings/exchange`;
      const { primaryMailboxId } = await graph.get(exchangeShape, path, mailOptions(userId, context));
      if (!primaryMailboxId)
        throw new Fault('unsupported', 'The mailbox has no id in the import and export API', {
          origin: 'graph',
          code: 'NoMailboxId',
        });
      ids.set(userId, primaryMailboxId);
      return primaryMailboxId;
    },
  };
}
