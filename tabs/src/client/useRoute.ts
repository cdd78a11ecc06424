import { useCallback, useEffect, useRef, useState } from 'react';
import type { RouteInput, RouteOutput } from '../../../contract/client.ts';
import type { RouteName } from '../../../contract/paths.ts';
import type { Problem } from '../../../contract/problem.ts';
import { useApi } from './apiContext.ts';
import { problemOf } from './problemOf.ts';

/** What a page can be in; what was there stays while it is read again. */
export type Loaded<T> =
  | { readonly state: 'loading' }
  | {
      readonly state: 'failed';
      readonly problem: Problem;
      readonly value?: T;
      readonly at?: number;
      readonly retry: () => void;
    }
  | {
      readonly state: 'ready';
      readonly value: T;
      readonly at: number;
      readonly refreshing: boolean;
      readonly refresh: () => void;
    };

export interface Reading<T> {
  /** Milliseconds until the next reading, or undefined to stop; asked after each answer. */
  readonly every?: (age: number, value: T | undefined) => number | undefined;
}

/** Every 2 s for half a minute, then every 5 s; for what is on its way. */
export const closely = (age: number): number => (age < 30_000 ? 2_000 : 5_000);

/** A page in the background asks no more often than this. */
const hiddenPace = 15_000;

/**
 * Reads something and keeps it fresh. `key` stands for what is read: with another key everything starts anew, and
 * without one nothing is read yet.
 */
export function useReading<T>(
  key: string | undefined,
  read: (signal: AbortSignal) => Promise<T>,
  reading: Reading<T> = {},
): Loaded<T> {
  const api = useApi();
  const [kept, setKept] = useState<{ readonly key: string | undefined; readonly loaded: Loaded<T> }>({
    key,
    loaded: { state: 'loading' },
  });
  const [round, setRound] = useState(0);
  const latest = useRef({ read, every: reading.every });
  useEffect(() => {
    latest.current = { read, every: reading.every };
  });
  const refresh = useCallback(() => setRound((last) => last + 1), []);

  useEffect(() => {
    if (key === undefined) return undefined;
    const stop = new AbortController();
    const opened = Date.now();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const once = async (): Promise<void> => {
      setKept((last) => ({ key, loaded: last.key === key ? rereading(last.loaded) : { state: 'loading' } }));
      let value: T | undefined;
      try {
        value = await latest.current.read(stop.signal);
        const answer = value;
        if (stop.signal.aborted) return;
        setKept({ key, loaded: { state: 'ready', value: answer, at: Date.now(), refreshing: false, refresh } });
      } catch (error) {
        if (stop.signal.aborted) return;
        const problem = problemOf(error);
        if (problem.status === 401) api.onSignedOut();
        setKept((last) => ({ key, loaded: failing(last.key === key ? last.loaded : undefined, problem, refresh) }));
      }
      const wait = latest.current.every?.(Date.now() - opened, value);
      if (wait !== undefined)
        timer = setTimeout(() => void once(), document.hidden ? Math.max(wait, hiddenPace) : wait);
    };
    void once();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [api, key, round, refresh]);

  return kept.key === key ? kept.loaded : { state: 'loading' };
}

const rereading = <T>(before: Loaded<T>): Loaded<T> =>
  before.state === 'ready' ? { ...before, refreshing: true } : before;

function failing<T>(before: Loaded<T> | undefined, problem: Problem, retry: () => void): Loaded<T> {
  const value = before === undefined || before.state === 'loading' ? undefined : before.value;
  const at = before === undefined || before.state === 'loading' ? undefined : before.at;
  return {
    state: 'failed',
    problem,
    retry,
    ...(value === undefined ? {} : { value }),
    ...(at === undefined ? {} : { at }),
  };
}

/** Reads a route and keeps it fresh. `input` undefined: nothing is read yet. */
export function useRoute<Name extends RouteName>(
  name: Name,
  input: RouteInput<Name> | undefined,
  reading?: Reading<RouteOutput<Name>>,
): Loaded<RouteOutput<Name>> {
  const api = useApi();
  return useReading(
    input === undefined ? undefined : `${name} ${JSON.stringify(input)}`,
    (signal) => {
      if (input === undefined) throw new Error(`${name} was read without input`);
      return api.call(name, input, { signal });
    },
    reading,
  );
}

/** What is there now, whatever the mood; undefined while nothing is. */
export const valueOf = <T>(of: Loaded<T>): T | undefined => (of.state === 'loading' ? undefined : of.value);
