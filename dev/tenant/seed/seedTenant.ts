import type { TenantState } from '../graph/tenantState.ts';
import { readCorpus } from './corpus.ts';
import { seedFiles } from './seedFiles.ts';
import { seedMail } from './seedMail.ts';
import { seedPeople } from './seedPeople.ts';

const SMALL = 60;

/** Fills an empty tenant; does nothing when it was filled before. Dates count back from the day it is filled. */
export async function seedTenant(state: TenantState): Promise<void> {
  if (state.database.meta('seeded') !== undefined) return;
  const anchor = Math.floor(Date.now() / 86_400_000) * 86_400_000;
  state.database.transaction(() => seedPeople(state));
  if (state.options.seed !== 'empty') {
    const corpus = readCorpus(state.options.corpusDir);
    const limit = state.options.seed === 'small' ? SMALL : Number.MAX_SAFE_INTEGER;
    await seedMail(state, corpus, limit, anchor);
    seedFiles(state, corpus, limit, anchor);
  }
  state.database.setMeta('seeded', new Date(anchor).toISOString());
}
