import type { Rates } from '../plan/plan.ts';

/** What a thread is asked to do; it takes its share of it. */
export type Work =
  | { readonly kind: 'single'; readonly scenario: string; readonly until: number }
  | {
      readonly kind: 'chance';
      readonly scenario: string;
      readonly until: number;
      readonly seeds: { readonly from: number; readonly to: number };
      readonly options: { readonly rates?: Rates; readonly interleaves?: boolean };
    };
