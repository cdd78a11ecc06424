import {
  Body1,
  Caption1,
  MessageBar,
  MessageBarBody,
  MessageBarTitle,
  makeStyles,
  tokens,
} from '@fluentui/react-components';
import { useState } from 'react';
import type { Hold, WaitingChange } from '../../../../contract/retention.ts';
import { useMe } from '../../app/person.ts';
import { useTexts } from '../../app/texts.tsx';
import { ActionButton } from '../ActionButton.tsx';
import { ChangeActions } from '../changes/ChangeActions.tsx';
import { ChangeStand } from '../changes/ChangeStand.tsx';
import { usePersonName } from '../personNames.tsx';
import { ReleaseHoldDialog } from './HoldDialogs.tsx';
import { useHoldTarget } from './HoldTargetName.tsx';

const useStyles = makeStyles({
  words: {
    display: 'flex',
    flexDirection: 'column',
    gap: tokens.spacingVerticalXS,
    paddingBlock: tokens.spacingVerticalXS,
  },
  note: { color: tokens.colorNeutralForeground2 },
});

/** One hold in force, in sight before everything else, with the way to end it. */
export function HoldNotice({
  hold,
  release,
  onChanged,
}: {
  hold: Hold;
  /** The wish for its release that is open, if there is one. */
  release: WaitingChange | undefined;
  onChanged: () => void;
}) {
  const styles = useStyles();
  const text = useTexts();
  const setter = usePersonName(hold.setBy);
  const target = useHoldTarget(hold.on);
  return (
    <MessageBar layout="multiline" intent="info">
      <MessageBarBody>
        <div className={styles.words}>
          <MessageBarTitle>{text('hold.title', { reason: hold.reason })}</MessageBarTitle>
          <Body1>
            {hold.until === undefined
              ? text('hold.untilReleased', { target })
              : text('hold.untilDay', { target, day: text.day(hold.until) })}
          </Body1>
          <Caption1 className={styles.note}>
            {text('hold.setBy', { name: hold.setByName ?? setter, at: text.moment(hold.setAt) })}
          </Caption1>
          <HoldRelease hold={hold} release={release} onChanged={onChanged} />
        </div>
      </MessageBarBody>
    </MessageBar>
  );
}

/** How the release of a hold stands, or the button that asks for it. */
export function HoldRelease({
  hold,
  release,
  onChanged,
}: {
  hold: Hold;
  release: WaitingChange | undefined;
  onChanged: () => void;
}) {
  const styles = useStyles();
  const text = useTexts();
  const me = useMe();
  const [isAsking, setIsAsking] = useState(false);
  const asker = usePersonName(release?.askedBy ?? '');
  return (
    <>
      {release !== undefined && (
        <>
          <Body1>
            {text('hold.releaseWaits', { name: release.askedByName ?? asker })} <ChangeStand change={release} />
          </Body1>
          {release.reason !== undefined && <Caption1 className={styles.note}>{release.reason}</Caption1>}
          <ChangeActions change={release} size="small" onChanged={onChanged} />
        </>
      )}
      {release === undefined && hold.inForce && me.can.changePolicies && (
        <div>
          <ActionButton size="small" onClick={() => setIsAsking(true)}>
            {text('hold.release')}
          </ActionButton>
        </div>
      )}
      {isAsking && <ReleaseHoldDialog hold={hold} onClose={() => setIsAsking(false)} onDone={onChanged} />}
    </>
  );
}
