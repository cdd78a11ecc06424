import type { ReactElement } from 'react';
import { useTexts } from '../../app/texts.tsx';
import { useRoute, valueOf } from '../../client/useRoute.ts';
import { findingsOf, isOfAll, isOver, knownDamage, sinceAll } from '../../parts/damage.ts';
import { useHolds } from '../../parts/holds/useHolds.ts';
import { Sign } from '../../parts/Sign.tsx';
import { CleanupSign } from './cleanup/CleanupSign.tsx';
import { DrillSign } from './drills/DrillSign.tsx';
import { ProofSign } from './keys/ProofSign.tsx';
import type { ManagePageName } from './places.ts';
import { isUnderWay } from './shared/inspection.ts';
import { VerificationSign } from './verification/VerificationSign.tsx';

/** How each page of the list stands; nothing while it is on its way, and nothing where it cannot be read. */
export const Standing = ({ page }: { page: ManagePageName }): ReactElement | null => {
  const Part = parts[page];
  return Part === undefined ? null : <Part />;
};

const parts: Readonly<Partial<Record<ManagePageName, () => ReactElement | null>>> = {
  health: HealthStanding,
  holds: Holds,
  keys: Keys,
  verification: Verification,
  drills: Drills,
  cleanup: Cleanup,
};

const recent = { query: { pageSize: 5 } };

const newestDone = <T extends Parameters<typeof isUnderWay>[0]>(newestFirst: readonly T[]): T | undefined =>
  newestFirst.find((each) => !isUnderWay(each)) ?? newestFirst[0];

function HealthStanding() {
  const text = useTexts();
  const health = valueOf(useRoute('getHealth', {}));
  if (health?.troubles === undefined) return null;
  const count = health.troubles.length;
  return count > 0 ? (
    <Sign look="warn">{text('health.count', { count })}</Sign>
  ) : (
    <Sign look={health.verdict === 'Protected.' ? 'good' : 'quiet'}>{health.verdict ?? ''}</Sign>
  );
}

function Holds() {
  const text = useTexts();
  const { read, all } = useHolds();
  if (valueOf(read) === undefined) return null;
  return <span>{text('holds.inForce', { count: all.filter(({ inForce }) => inForce).length })}</span>;
}

function Keys() {
  const keys = valueOf(useRoute('getKeys', {}));
  return keys === undefined ? null : <ProofSign keys={keys} />;
}

function Verification() {
  const text = useTexts();
  const list = valueOf(useRoute('listVerifications', { query: { pageSize: 100 } }));
  const health = useRoute('getHealth', {});
  if (list === undefined || health.state === 'loading') return null;
  const { damaged } = valueOf(health) ?? {};
  const { items, others } = knownDamage({ health: valueOf(health) });
  if (items + others > 0) return <Sign look="bad">{text('verify.found', { items, others })}</Sign>;
  // One on its way says nothing yet, and a part of a day nothing of the rest: what was found before them still holds.
  const over = sinceAll(list.value);
  const last = over.find((each) => findingsOf(each) > 0) ?? over.find(isOfAll) ?? over[0] ?? list.value[0];
  if (last === undefined) return <Sign look="quiet">{text('verify.never')}</Sign>;
  if (damaged !== undefined && isOver(last) && findingsOf(last) > 0)
    return <Sign look="good">{text('verify.healed')}</Sign>;
  return <VerificationSign verification={last} dated />;
}

function Drills() {
  const text = useTexts();
  const list = valueOf(useRoute('listDrills', recent));
  if (list === undefined) return null;
  const last = newestDone(list.value);
  return last === undefined ? <Sign look="quiet">{text('drill.never')}</Sign> : <DrillSign drill={last} dated />;
}

function Cleanup() {
  const cleanup = valueOf(useRoute('getCleanup', {}));
  return cleanup === undefined ? null : <CleanupSign cleanup={cleanup} />;
}
