import type { ChanceOptions } from './schedules.ts';

/** What a thread is asked to do; it takes its share of it. `until`: not beyond this time of day, in milliseconds. */
export type Work =
  | { readonly kind: 'single'; readonly scenario: string; readonly until: number }
  | {
      readonly kind: 'pair';
      readonly scenario: string;
      readonly until: number;
      readonly from: number;
      readonly to: number;
    }
  | {
      readonly kind: 'chance';
      readonly scenario: string;
      readonly until: number;
      readonly from: number;
      readonly to: number;
      readonly options: Pick<ChanceOptions, 'rates' | 'calls' | 'most'>;
    };
