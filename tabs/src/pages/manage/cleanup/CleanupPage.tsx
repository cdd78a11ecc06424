import {
  Body1,
  Field,
  MessageBar,
  MessageBarActions,
  MessageBarBody,
  MessageBarTitle,
  Textarea,
} from '@fluentui/react-components';
import { useState } from 'react';
import { lackingUnaccepted } from '../../../../../contract/cleanup.ts';
import type { Cleanup, CleanupCycle } from '../../../../../contract/cleanup.ts';
import { useMe } from '../../../app/person.ts';
import { useTexts } from '../../../app/texts.tsx';
import { useApi } from '../../../client/apiContext.ts';
import { useAction } from '../../../client/useAction.ts';
import { closely, useRoute } from '../../../client/useRoute.ts';
import { ActionButton } from '../../../parts/ActionButton.tsx';
import { useAnnounce } from '../../../parts/announcer.tsx';
import { Confirm } from '../../../parts/Confirm.tsx';
import { EmptyState } from '../../../parts/EmptyState.tsx';
import { Facts } from '../../../parts/Facts.tsx';
import { Moment } from '../../../parts/Moment.tsx';
import { Moods } from '../../../parts/Moods.tsx';
import { Section } from '../../../parts/Section.tsx';
import { NumberList } from '../../activity/shared/NumberList.tsx';
import { ManageHeader } from '../shared/ManageHeader.tsx';
import { useManageStyles } from '../shared/manageStyles.ts';
import { CleanupSign } from './CleanupSign.tsx';

const quietPace = 60_000;

/** What the last cleanup took, what storage kept, and why it stopped, with the way on. */
export function CleanupPage() {
  const styles = useManageStyles();
  const text = useTexts();
  const read = useRoute(
    'getCleanup',
    {},
    { every: (age, value) => (value?.isRunning === true ? closely(age) : quietPace) },
  );
  const refresh = (): void => {
    if (read.state === 'ready') read.refresh();
  };
  return (
    <>
      <ManageHeader title={text('manage.cleanup')} fresh={read} />
      <div className={styles.stack}>
        <Body1 className={styles.intro}>{text('cleanup.intro')}</Body1>
        <Moods of={read}>
          {(cleanup) => (
            <>
              {cleanup.last !== undefined && <Warnings last={cleanup.last} onAccepted={refresh} />}
              <Section title={text('resource.stand')}>
                <Facts
                  facts={[
                    [text('resource.state'), <CleanupSign cleanup={cleanup} />],
                    [text('cleanup.next'), <Next cleanup={cleanup} />],
                  ]}
                />
              </Section>
              {cleanup.last === undefined ? (
                <EmptyState title={text('cleanup.never')} words={text('cleanup.neverWords')} />
              ) : (
                <Last last={cleanup.last} />
              )}
            </>
          )}
        </Moods>
      </div>
    </>
  );
}

/** A time that is over means: within minutes. */
function Next({ cleanup: { isRunning, nextAt } }: { cleanup: Cleanup }) {
  const text = useTexts();
  const [now] = useState(() => Date.now());
  if (isRunning) return <>{text('cleanup.now')}</>;
  return Date.parse(nextAt) <= now ? <>{text('cleanup.soon')}</> : <Moment iso={nextAt} form="both" />;
}

function Last({ last }: { last: CleanupCycle }) {
  const text = useTexts();
  return (
    <Section title={text('cleanup.last')}>
      <Facts
        facts={[
          [text('activity.started'), <Moment iso={last.startedAt} form="both" />],
          [
            text('cleanup.ended'),
            last.finishedAt === undefined ? undefined : <Moment iso={last.finishedAt} form="full" />,
          ],
          [text('cleanup.bytes'), text.bytes(last.bytesFreed)],
        ]}
      />
      <NumberList
        numbers={[
          { name: text('cleanup.deleted'), count: last.deleted },
          { name: text('cleanup.condemned'), count: last.condemned },
          { name: text('cleanup.spared'), count: last.spared },
          { name: text('cleanup.retained'), count: last.retained },
          { name: text('cleanup.repacked'), count: last.repacked },
        ]}
      />
      {last.retained > 0 && <Body1>{text('cleanup.retainedWords')}</Body1>}
    </Section>
  );
}

function Warnings({ last, onAccepted }: { last: CleanupCycle; onAccepted: () => void }) {
  const text = useTexts();
  const me = useMe();
  const [isAsking, setIsAsking] = useState(false);
  const ending = last.notExtended ?? 0;
  return (
    <>
      {last.refused !== undefined && (
        <MessageBar intent="error" layout="multiline">
          <MessageBarBody>
            <MessageBarTitle>{text('cleanup.stopped')}</MessageBarTitle>
            {last.refused} {text('cleanup.stoppedWords')}
          </MessageBarBody>
          {last.listingShrank && me.can.changeSettings && (
            <MessageBarActions>
              <ActionButton size="small" onClick={() => setIsAsking(true)}>
                {text('cleanup.accept')}
              </ActionButton>
            </MessageBarActions>
          )}
        </MessageBar>
      )}
      {lackingUnaccepted(last) > 0 && (
        <MessageBar intent="error" layout="multiline">
          <MessageBarBody>{text('cleanup.lackingWords', { count: lackingUnaccepted(last) })}</MessageBarBody>
        </MessageBar>
      )}
      {ending > 0 && (
        <MessageBar intent="error" layout="multiline">
          <MessageBarBody>{text('cleanup.notExtendedWords', { count: ending })}</MessageBarBody>
        </MessageBar>
      )}
      {isAsking && <AcceptDialog onClose={() => setIsAsking(false)} onAccepted={onAccepted} />}
    </>
  );
}

function AcceptDialog({ onClose, onAccepted }: { onClose: () => void; onAccepted: () => void }) {
  const text = useTexts();
  const api = useApi();
  const announce = useAnnounce();
  const [reason, setReason] = useState('');
  const [tried, setTried] = useState(false);
  const words = reason.trim();
  const accept = useAction(() => api.call('acceptListing', { body: { reason: words } }));
  const act = async (): Promise<void> => {
    setTried(true);
    if (words === '' || (await accept.run()) === undefined) return;
    announce(text('cleanup.accepted'));
    onAccepted();
    onClose();
  };
  return (
    <Confirm
      title={text('cleanup.acceptTitle')}
      action={text('cleanup.acceptAct')}
      busy={accept.busy}
      problem={accept.problem}
      onAct={() => void act()}
      onClose={onClose}
    >
      <Body1>{text('cleanup.acceptWords')}</Body1>
      <Field
        label={text('cleanup.acceptReason')}
        required
        {...(tried && words === '' ? { validationMessage: text('hold.reasonMissing') } : {})}
      >
        <Textarea value={reason} maxLength={500} onChange={(_, { value }) => setReason(value)} />
      </Field>
    </Confirm>
  );
}
