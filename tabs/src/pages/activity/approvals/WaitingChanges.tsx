import {
  Body1,
  Caption1,
  Card,
  MessageBar,
  MessageBarBody,
  Subtitle2,
  makeStyles,
  tokens,
} from '@fluentui/react-components';
import { useId, useState } from 'react';
import type { WaitingChange } from '../../../../../contract/retention.ts';
import { useTexts } from '../../../app/texts.tsx';
import { ChangeActions } from '../../../parts/changes/ChangeActions.tsx';
import { ChangeStand } from '../../../parts/changes/ChangeStand.tsx';
import { useChangeTitle } from '../../../parts/changes/ChangeTitle.tsx';
import type { Changes } from '../../../parts/changes/useChanges.ts';
import { Moment } from '../../../parts/Moment.tsx';
import { Moods } from '../../../parts/Moods.tsx';
import { usePersonName } from '../../../parts/personNames.tsx';

const useStyles = makeStyles({
  cards: {
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fill, minmax(min(100%, 420px), 1fr))',
    gap: tokens.spacingHorizontalL,
    alignItems: 'start',
  },
  card: { padding: tokens.spacingHorizontalL, gap: tokens.spacingVerticalM, minWidth: 0 },
  head: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalXXS },
  note: { color: tokens.colorNeutralForeground3 },
  none: { color: tokens.colorNeutralForeground2 },
  reason: {
    margin: 0,
    paddingInlineStart: tokens.spacingHorizontalM,
    borderInlineStartWidth: '3px',
    borderInlineStartStyle: 'solid',
    borderInlineStartColor: tokens.colorBrandStroke1,
    overflowWrap: 'anywhere',
  },
});

/** Changes that make protection weaker and are not over yet; what was decided here stays in its place until the reader goes on. */
export function WaitingChanges({ changes }: { changes: Changes }) {
  const styles = useStyles();
  const text = useTexts();
  const [decided, setDecided] = useState<ReadonlyMap<string, WaitingChange>>(new Map());
  const shown = [...decided.values(), ...changes.open.filter(({ id }) => !decided.has(id))].toSorted((a, b) =>
    b.askedAt.localeCompare(a.askedAt),
  );
  return (
    <Moods of={changes.read} rows={2}>
      {() =>
        shown.length === 0 ? (
          <Body1 className={styles.none}>{text('change.none')}</Body1>
        ) : (
          <div className={styles.cards}>
            {shown.map((change) => (
              <ChangeCard
                key={change.id}
                change={change}
                isDecided={decided.has(change.id)}
                onChanged={(made) => {
                  setDecided((before) => new Map(before).set(made.id, made));
                  changes.refresh();
                }}
              />
            ))}
          </div>
        )
      }
    </Moods>
  );
}

function ChangeCard({
  change,
  isDecided,
  onChanged,
}: {
  change: WaitingChange;
  isDecided: boolean;
  onChanged: (change: WaitingChange) => void;
}) {
  const styles = useStyles();
  const text = useTexts();
  const id = useId();
  const title = useChangeTitle(change);
  const asker = usePersonName(change.askedBy);
  return (
    <Card className={styles.card} role="article" aria-labelledby={id}>
      <div className={styles.head}>
        <Subtitle2 as="h3" id={id}>
          {text('activity.approval.asks', { name: change.askedByName ?? asker, what: title })}
        </Subtitle2>
        <Caption1 className={styles.note}>
          <Moment iso={change.askedAt} />
        </Caption1>
      </div>
      {change.reason !== undefined && (
        <blockquote className={styles.reason} aria-label={text('activity.reason')}>
          <Body1>{change.reason}</Body1>
        </blockquote>
      )}
      {isDecided ? (
        <Outcome change={change} />
      ) : (
        <>
          <Body1>
            <ChangeStand change={change} />
          </Body1>
          <ChangeActions change={change} onChanged={onChanged} />
        </>
      )}
    </Card>
  );
}

/** Agreeing is good news only when something came of it. */
const intents = {
  asked: 'info',
  approved: 'success',
  applied: 'success',
  withdrawn: 'info',
  void: 'warning',
} as const satisfies Readonly<Record<WaitingChange['state'], string>>;

/** Takes the focus that the buttons had, so that nobody who works by keys is thrown to the top. */
function Outcome({ change }: { change: WaitingChange }) {
  return (
    <MessageBar intent={intents[change.state]} layout="multiline" tabIndex={-1} ref={(bar) => bar?.focus()}>
      <MessageBarBody>
        <ChangeStand change={change} />
      </MessageBarBody>
    </MessageBar>
  );
}
