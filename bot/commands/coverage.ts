import { holds } from '../access.ts';
import { coverageCard } from '../cards/coverage.ts';
import { coverageOf } from '../coverage.ts';
import { sayCard, type Answer, type Asked } from '../turn.ts';
import { refuseRole } from './refuse.ts';

/** How much of the tenant has a copy, workload by workload, and why the rest has none. */
export async function coverage(asked: Asked): Promise<Answer> {
  const { actor, services, texts, conversation } = asked;
  if (!holds(actor, 'Backup.Admin', 'Backup.Auditor')) return refuseRole(asked, 'coverage.show');
  return sayCard(
    coverageCard(texts, await coverageOf(services.records), {
      // A reason may name somebody.
      named: conversation.kind === 'personal',
      mayFix: holds(actor, 'Backup.Admin'),
      consoleUrl: services.consoleUrl('protection'),
      unprotectedUrl: services.consoleUrl('protection?state=notProtected'),
      policiesUrl: services.consoleUrl('protection/policies'),
    }),
  );
}
