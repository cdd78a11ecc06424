import { Button, Field, Textarea, makeStyles, tokens } from '@fluentui/react-components';
import { useState } from 'react';
import type { Conflict, Destination } from '../../../../contract/restore.ts';
import { useMe } from '../../app/person.ts';
import { addressOf, navigate, useLink } from '../../app/routing.ts';
import { useTexts } from '../../app/texts.tsx';
import { useApi } from '../../client/apiContext.ts';
import { useAction } from '../../client/useAction.ts';
import { ActionButton } from '../../parts/ActionButton.tsx';
import { EmptyState } from '../../parts/EmptyState.tsx';
import { PageHeader } from '../../parts/PageHeader.tsx';
import { Section } from '../../parts/Section.tsx';
import { Trouble } from '../../parts/Trouble.tsx';
import { useFirstError } from '../../parts/useFirstError.ts';
import { useWorkloads } from '../../parts/workloads.tsx';
import { factsOf, selectionOf, useBasket } from './basket/basket.tsx';
import { BasketList } from './basket/BasketList.tsx';
import { ConflictChoice } from './ConflictChoice.tsx';
import { DestinationChoice } from './DestinationChoice.tsx';

const useStyles = makeStyles({
  form: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalL, maxWidth: '880px' },
  summary: { cursor: 'pointer', width: 'fit-content' },
  foot: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalM },
});

/** How it comes back: where to, what with things of the same name, and why. Nothing is done before the check. */
export function OptionsPage() {
  const styles = useStyles();
  const text = useTexts();
  const me = useMe();
  const api = useApi();
  const workloads = useWorkloads();
  const { basket, clear } = useBasket();
  const facts = factsOf(basket);
  const [destination, setDestination] = useState<Destination>({ kind: 'newFolder' });
  const [conflict, setConflict] = useState<Conflict>('keepBoth');
  const [reason, setReason] = useState('');
  const [tries, setTries] = useState(0);
  const tried = tries > 0;
  const form = useFirstError(tries);
  const back = useLink(addressOf('restore'));

  const wantsReason = facts.ofOthers(me.id);
  const reasonMissing = wantsReason && reason.trim() === '';
  const targetMissing = destination.kind === 'resource' && destination.resourceId === '';
  const ask = useAction(() =>
    api.call(
      'createRestore',
      { body: { selection: selectionOf(basket), destination, conflict, reason: reason.trim() } },
      { idempotencyKey: crypto.randomUUID() },
    ),
  );
  const check = async (): Promise<void> => {
    setTries((times) => times + 1);
    if (reasonMissing || targetMissing) return;
    const request = await ask.run();
    if (request === undefined) return;
    clear();
    navigate(addressOf('restore', ['request', request.id]));
  };
  const notes = workloads.all
    .filter(({ workload }) => facts.workloads.length === 0 || facts.workloads.includes(workload))
    .flatMap(({ coverageNotes }) => coverageNotes);

  return (
    <>
      <PageHeader
        title={text('options.title')}
        crumbs={[{ name: text('page.restore'), address: addressOf('restore') }]}
      />
      {facts.empty ? (
        <EmptyState title={text('options.empty')} words={text('options.emptyWords')}>
          <Button as="a" appearance="primary" {...back}>
            {text('mine.find')}
          </Button>
        </EmptyState>
      ) : (
        <form ref={form} className={styles.form} onSubmit={(event) => event.preventDefault()} noValidate>
          <BasketList />
          <DestinationChoice
            destination={destination}
            onChange={setDestination}
            workloads={facts.workloads}
            missing={tried && targetMissing}
          />
          {destination.kind !== 'download' && <ConflictChoice conflict={conflict} onChange={setConflict} />}
          <Section title={text('options.more')}>
            <Field
              label={text('options.reason')}
              hint={text(wantsReason ? 'options.reasonOthers' : 'options.reasonOwn')}
              required={wantsReason}
              {...(tried && reasonMissing ? { validationMessage: text('options.reasonMissing') } : {})}
            >
              <Textarea value={reason} maxLength={1000} onChange={(_, { value }) => setReason(value)} />
            </Field>
          </Section>
          {notes.length > 0 && (
            <details>
              <summary className={styles.summary}>{text('options.notes', { count: notes.length })}</summary>
              <ul>
                {notes.map((note) => (
                  <li key={note}>{note}</li>
                ))}
              </ul>
            </details>
          )}
          {ask.problem !== undefined && <Trouble problem={ask.problem} onRetry={() => void check()} />}
          <div className={styles.foot}>
            <ActionButton appearance="primary" busy={ask.busy} onClick={() => void check()}>
              {text('options.check')}
            </ActionButton>
            <Button as="a" {...back}>
              {text('options.back')}
            </Button>
          </div>
        </form>
      )}
    </>
  );
}
