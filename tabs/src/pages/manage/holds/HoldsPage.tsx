import { Body1, Body1Strong, Button, Caption1, makeStyles, tokens } from '@fluentui/react-components';
import { AddRegular } from '@fluentui/react-icons';
import { useState } from 'react';
import type { Hold, WaitingChange } from '../../../../../contract/retention.ts';
import { useMe } from '../../../app/person.ts';
import { addressOf, useLink } from '../../../app/routing.ts';
import { useTexts } from '../../../app/texts.tsx';
import { useChanges } from '../../../parts/changes/useChanges.ts';
import { ActionButton } from '../../../parts/ActionButton.tsx';
import { EmptyState } from '../../../parts/EmptyState.tsx';
import { SetHoldDialog } from '../../../parts/holds/HoldDialogs.tsx';
import { HoldRelease } from '../../../parts/holds/HoldNotice.tsx';
import { HoldTargetName } from '../../../parts/holds/HoldTargetName.tsx';
import { useHolds } from '../../../parts/holds/useHolds.ts';
import { Moods } from '../../../parts/Moods.tsx';
import { usePersonName } from '../../../parts/personNames.tsx';
import { Section } from '../../../parts/Section.tsx';
import { Sign } from '../../../parts/Sign.tsx';
import { ManageHeader } from '../shared/ManageHeader.tsx';
import { useManageStyles } from '../shared/manageStyles.ts';

const useStyles = makeStyles({
  list: { listStyle: 'none', margin: 0, padding: 0 },
  hold: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 2fr) minmax(0, 3fr)',
    columnGap: tokens.spacingHorizontalL,
    rowGap: tokens.spacingVerticalS,
    alignItems: 'start',
    paddingBlock: tokens.spacingVerticalM,
    paddingInline: tokens.spacingHorizontalL,
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
    '@media (max-width: 719px)': { gridTemplateColumns: 'minmax(0, 1fr)' },
  },
  reason: { display: 'block', overflowWrap: 'anywhere' },
  stand: { display: 'flex', flexDirection: 'column', alignItems: 'flex-start', gap: tokens.spacingVerticalXS },
});

/** Legal holds of the tenant, those in force first, and the rule that everything else goes by. */
export function HoldsPage() {
  const styles = useStyles();
  const own = useManageStyles();
  const text = useTexts();
  const me = useMe();
  const holds = useHolds();
  const changes = useChanges();
  const policies = useLink(addressOf('protection', ['policies']));
  const [isSetting, setIsSetting] = useState(false);
  const refresh = (): void => {
    holds.refresh();
    changes.refresh();
  };
  return (
    <>
      <ManageHeader title={text('manage.holds')} fresh={holds.read}>
        {me.can.changePolicies && (
          <ActionButton appearance="primary" icon={<AddRegular />} onClick={() => setIsSetting(true)}>
            {text('hold.ask')}
          </ActionButton>
        )}
      </ManageHeader>
      <div className={own.stack}>
        <Section title={text('holds.retention')}>
          <Body1 className={own.intro}>{text('retention.idle')}</Body1>
          <div>
            <Button as="a" {...policies}>
              {text('activity.run.toPolicies')}
            </Button>
          </div>
        </Section>
        <Section title={text('holds.title')} flush>
          <Moods of={holds.read}>
            {() =>
              holds.all.length === 0 ? (
                <EmptyState title={text('holds.none')} words={text('holds.noneWords')} />
              ) : (
                <ul className={styles.list}>
                  {holds.all.map((hold) => (
                    <HoldLine
                      key={hold.id}
                      hold={hold}
                      release={changes.open.find(({ wish }) => wish.kind === 'releaseHold' && wish.holdId === hold.id)}
                      onChanged={refresh}
                    />
                  ))}
                </ul>
              )
            }
          </Moods>
        </Section>
      </div>
      {isSetting && <SetHoldDialog onClose={() => setIsSetting(false)} onDone={refresh} />}
    </>
  );
}

function HoldLine({
  hold,
  release,
  onChanged,
}: {
  hold: Hold;
  release: WaitingChange | undefined;
  onChanged: () => void;
}) {
  const styles = useStyles();
  const own = useManageStyles();
  const text = useTexts();
  const setter = usePersonName(hold.setBy);
  return (
    <li className={styles.hold}>
      <div>
        <Body1Strong className={styles.reason}>{hold.reason}</Body1Strong>
        <Body1 className={styles.reason}>
          <HoldTargetName on={hold.on} />
        </Body1>
        <Caption1 className={own.note}>
          {text('hold.setBy', { name: hold.setByName ?? setter, at: text.moment(hold.setAt) })}
        </Caption1>
      </div>
      <div className={styles.stand}>
        <HoldState hold={hold} />
        {hold.inForce && hold.covers !== undefined && <Covered count={hold.covers} />}
        <HoldRelease hold={hold} release={release} onChanged={onChanged} />
      </div>
    </li>
  );
}

/** A hold that means nothing protects nothing: that is told as loudly as a trouble. */
function Covered({ count }: { count: number }) {
  const own = useManageStyles();
  const text = useTexts();
  if (count === 0) return <Sign look="warn">{text('holds.coversNone')}</Sign>;
  return <Caption1 className={own.note}>{text('holds.covers', { count })}</Caption1>;
}

function HoldState({ hold }: { hold: Hold }) {
  const text = useTexts();
  const releaser = usePersonName(hold.releasedBy ?? '', hold.releasedByName);
  if (hold.inForce)
    return (
      <Sign look="good">
        {hold.until === undefined ? text('holds.untilReleased') : text('holds.until', { day: text.day(hold.until) })}
      </Sign>
    );
  return (
    <Sign look="quiet">
      {hold.releasedAt === undefined
        ? text('holds.over', { day: text.day(hold.until ?? hold.setAt) })
        : text('holds.released', { name: releaser, at: text.moment(hold.releasedAt) })}
    </Sign>
  );
}
