import type { Drill } from '../../../../../contract/verification.ts';
import { useTexts } from '../../../app/texts.tsx';
import { Sign } from '../../../parts/Sign.tsx';
import { isUnderWay } from '../shared/inspection.ts';

/** What a drill came to, as a sign; good only when it went to its end and every item was right. */
export function DrillSign({ drill, dated = false }: { drill: Drill; dated?: boolean }) {
  const text = useTexts();
  const { state, failed, items, finishedAt, startedAt } = drill;
  const told = (words: string): string =>
    dated ? text('verify.dated', { words, ago: text.ago(finishedAt ?? startedAt) }) : words;
  if (failed > 0) return <Sign look="bad">{told(text('drill.wrong', { failed, items }))}</Sign>;
  if (isUnderWay(drill)) return <Sign look="busy">{text(`state.${state}`)}</Sign>;
  if (state === 'failed') return <Sign look="bad">{told(text('verify.broke'))}</Sign>;
  return items === 0 ? (
    <Sign look="warn">{told(text('drill.empty'))}</Sign>
  ) : (
    <Sign look="good">{told(text('drill.right', { items }))}</Sign>
  );
}
