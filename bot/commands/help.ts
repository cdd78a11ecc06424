import { holds, mayDecideRequests, mayStartRuns, seesTenant, sightOf } from '../access.ts';
import { helpCard } from '../cards/notes.ts';
import { sayCard, type Answer, type Asked } from '../turn.ts';
import type { CommandName } from '../words.ts';

/** What this person may do, with one example each. */
export async function help(asked: Asked, welcome?: string): Promise<Answer> {
  const { actor, services, texts } = asked;
  const { selfService } = await sightOf(services.records, actor);
  return sayCard(
    helpCard(texts, {
      commands: commandsFor(asked.actor, selfService),
      selfService,
      consoleUrl: services.consoleUrl('overview'),
      ...(welcome === undefined ? {} : { welcome }),
    }),
  );
}

function commandsFor(actor: Asked['actor'], selfService: boolean): readonly CommandName[] {
  const own = selfService || seesTenant(actor);
  return [
    'status',
    ...(mayStartRuns(actor) ? (['backup'] as const) : []),
    ...(holds(actor, 'Backup.Admin', 'Backup.Auditor') ? (['report', 'coverage'] as const) : []),
    ...(seesTenant(actor) ? (['failures'] as const) : []),
    ...(own ? (['find', 'restore'] as const) : []),
    ...(mayDecideRequests(actor) ? (['approvals'] as const) : []),
    'notifications',
  ];
}
