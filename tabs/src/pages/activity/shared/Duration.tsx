import { useEffect, useState } from 'react';
import { useTexts } from '../../../app/texts.tsx';

const tick = 1_000;

/** From a moment to another one, or to now as long as there is none. */
export function Duration({ from, to }: { from: string; to: string | undefined }) {
  const text = useTexts();
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (to !== undefined) return undefined;
    const timer = setInterval(() => setNow(Date.now()), tick);
    return () => clearInterval(timer);
  }, [to]);
  const span = (to === undefined ? now : Date.parse(to)) - Date.parse(from);
  return <span style={{ fontVariantNumeric: 'tabular-nums' }}>{text.duration(span)}</span>;
}
