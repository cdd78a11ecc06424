import type { WaitingChange } from '../../../../contract/retention.ts';
import { useTexts } from '../../app/texts.tsx';
import { usePersonName } from '../personNames.tsx';
import { closesAt } from './openChange.ts';

/** Where a waiting change stands and what it waits for, in one sentence. */
export function ChangeStand({ change }: { change: WaitingChange }) {
  const text = useTexts();
  const approver = usePersonName(change.approvedBy ?? '', change.approvedByName);
  const ender = usePersonName(change.endedBy ?? '', change.endedByName);
  const at = text.moment(change.effectiveAt ?? change.endedAt ?? change.askedAt);
  switch (change.state) {
    case 'asked':
      return <>{text('change.stand.asked', { until: text.moment(closesAt(change)) })}</>;
    case 'approved':
      return change.approvedBy === 'noSecondPerson' ? (
        <>{text('change.stand.alone', { at })}</>
      ) : (
        <>{text('change.stand.approved', { name: approver, at })}</>
      );
    case 'applied':
      return <>{text('change.stand.applied', { at: text.moment(change.endedAt ?? change.askedAt) })}</>;
    case 'withdrawn':
      return <>{text('change.stand.withdrawn', { name: ender, at: text.moment(change.endedAt ?? change.askedAt) })}</>;
    case 'void':
      return <>{text('change.stand.void', { why: change.why ?? '' })}</>;
  }
}
