import { Body1 } from '@fluentui/react-components';
import type { Counts } from '../../../../../contract/runs.ts';
import { useTexts } from '../../../app/texts.tsx';
import { StateWord } from '../../../parts/StateWord.tsx';
import { NumberList } from '../shared/NumberList.tsx';
import { OutcomeBar } from '../shared/OutcomeBar.tsx';
import { keptOf, listedOf, unaccountedOf } from './runFacts.ts';

const outcomes = [
  ['stored', 'good'],
  ['reused', 'same'],
  ['skipped', 'warn'],
  ['failed', 'bad'],
  ['vanished', 'away'],
  ['outOfScope', 'away'],
] as const;

/** Every item that Microsoft 365 reported stands in exactly one column, and the sentence says whether that is so. */
export function RunBalance({ counts, open }: { counts: Counts; open: boolean }) {
  const text = useTexts();
  const lost = unaccountedOf(counts);
  return (
    <>
      <Body1>
        {text(open ? 'activity.run.balanceOpen' : 'activity.run.balanceDone', {
          listed: listedOf(counts),
          folders: counts.containers,
          kept: keptOf(counts),
          left: counts.skipped + counts.failed,
          vanished: counts.vanished,
          outOfScope: counts.outOfScope,
          pending: counts.pending,
        })}{' '}
        <strong>
          {lost === 0 ? text('activity.run.allAccounted') : text('activity.run.unaccounted', { count: lost })}
        </strong>
      </Body1>
      <OutcomeBar
        parts={[
          ...outcomes.map(([name, shade]) => ({ name, shade, count: counts[name] })),
          { name: 'pending', shade: 'rest' as const, count: counts.pending },
        ]}
      />
      <NumberList
        numbers={[
          ...outcomes.map(([name]) => ({ key: name, name: <StateWord state={name} />, count: counts[name] })),
          ...(open ? [{ name: text('activity.run.pending'), count: counts.pending }] : []),
        ]}
      />
      {counts.containers > 0 && <Body1>{text('activity.run.folders', { count: counts.containers })}</Body1>}
      {counts.removed > 0 && <Body1>{text('activity.run.removed', { count: counts.removed })}</Body1>}
    </>
  );
}
