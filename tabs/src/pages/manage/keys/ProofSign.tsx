import { useState } from 'react';
import type { KeyStatus } from '../../../../../contract/service.ts';
import { useTexts } from '../../../app/texts.tsx';
import { Sign } from '../../../parts/Sign.tsx';
import { proofOf } from '../../../parts/keys/proof.ts';

/** When the recovery key was last tried, as a sign. */
export function ProofSign({ keys }: { keys: KeyStatus }) {
  const text = useTexts();
  const [now] = useState(() => Date.now());
  const proof = proofOf(keys, now);
  return keys.provedAt === undefined ? (
    <Sign look="warn">{text('keys.never')}</Sign>
  ) : (
    <Sign look={proof === 'proven' ? 'good' : 'warn'}>{text('keys.proven', { ago: text.ago(keys.provedAt) })}</Sign>
  );
}
