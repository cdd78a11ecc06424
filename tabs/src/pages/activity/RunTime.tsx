import { useEffect, useState } from 'react';
import type { Run } from '../../../../contract/runs.ts';
import { useTexts } from '../../app/texts.tsx';

/** How long it took, or has taken so far. */
export function RunTime({ run }: { run: Run }) {
  const text = useTexts();
  const [now, setNow] = useState(() => Date.now());
  const running = run.finishedAt === undefined;
  useEffect(() => {
    if (!running) return undefined;
    const timer = setInterval(() => setNow(Date.now()), 5_000);
    return () => clearInterval(timer);
  }, [running]);
  const end = run.finishedAt === undefined ? now : Date.parse(run.finishedAt);
  return <>{text.duration(end - Date.parse(run.startedAt))}</>;
}
