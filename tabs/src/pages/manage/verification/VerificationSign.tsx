import type { Verification } from '../../../../../contract/verification.ts';
import { useTexts } from '../../../app/texts.tsx';
import type { Texts } from '../../../app/texts.tsx';
import { findingsOf, openFindingsOf } from '../../../parts/damage.ts';
import { Sign } from '../../../parts/Sign.tsx';
import { isUnderWay } from '../shared/inspection.ts';

/** What a verification came to, as a sign; good only when it went to its end and found nothing. */
export function VerificationSign({ verification, dated = false }: { verification: Verification; dated?: boolean }) {
  const text = useTexts();
  const { state, finishedAt, startedAt } = verification;
  const { items, others } = openFindingsOf(verification);
  const told = (words: string): string =>
    dated ? text('verify.dated', { words, ago: text.ago(finishedAt ?? startedAt) }) : words;
  if (items + others > 0) return <Sign look="bad">{told(text('verify.found', { items, others }))}</Sign>;
  if (isUnderWay(verification)) return <Sign look="busy">{text(`state.${state}`)}</Sign>;
  if (state === 'failed') return <Sign look="bad">{told(text('verify.broke'))}</Sign>;
  if (findingsOf(verification) > 0) return <Sign look="quiet">{told(text('verify.accepted'))}</Sign>;
  return <Sign look="good">{told(text('verify.clean'))}</Sign>;
}

/** How much it reads, in a few words. */
export const levelWords = (text: Texts, { level, share }: Verification): string =>
  level === 'full' ? text('verify.level.full') : text('verify.level.sampling', { share: text.percent(share) });

/** Which of how many parts it reads, where it does not read everything; counted from 1. */
export const partWords = (text: Texts, { index, of }: NonNullable<Verification['part']>): string =>
  text('verify.part', { part: index + 1, of });
