import { useCallback, useEffect, useRef, useState } from 'react';
import type { Problem } from '../../../contract/problem.ts';
import { useApi } from './apiContext.ts';
import { problemOf } from './problemOf.ts';

export interface Action<Arguments extends readonly unknown[], T> {
  /** Answers undefined when it did not work; `problem` says why. */
  readonly run: (...given: Arguments) => Promise<T | undefined>;
  readonly busy: boolean;
  readonly problem: Problem | undefined;
  readonly clear: () => void;
}

/** An action of the person: its trouble is kept until the next try. */
export function useAction<Arguments extends readonly unknown[], T>(
  act: (...given: Arguments) => Promise<T>,
): Action<Arguments, T> {
  const api = useApi();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const latest = useRef(act);
  useEffect(() => {
    latest.current = act;
  });
  const run = useCallback(
    async (...given: Arguments) => {
      setBusy(true);
      setProblem(undefined);
      try {
        return await latest.current(...given);
      } catch (error) {
        const found = problemOf(error);
        if (found.status === 401) api.onSignedOut();
        setProblem(found);
        return undefined;
      } finally {
        setBusy(false);
      }
    },
    [api],
  );
  return { run, busy, problem, clear: useCallback(() => setProblem(undefined), []) };
}
