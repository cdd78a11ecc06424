import type { Run } from '../../../../../contract/runs.ts';
import type { Texts } from '../../../app/texts.tsx';
import { listedOf } from './runFacts.ts';

/** `612 items in 671 folders`. A run that failed before it saw anything does not know whether there was something new. */
export const runTotal = (text: Texts, { status, counts }: Run): string | undefined =>
  status === 'failed' && counts.listed === 0
    ? undefined
    : text('activity.run.total', { items: listedOf(counts), folders: counts.containers });
