import { Body1, Body1Strong, Caption1, Card, Link, makeStyles, tokens } from '@fluentui/react-components';
import { Fragment } from 'react';
import type { RestoreRequest } from '../../../../contract/restore.ts';
import { addressOf, useLink } from '../../app/routing.ts';
import { useTexts } from '../../app/texts.tsx';
import { useRoute } from '../../client/useRoute.ts';
import { EmptyState } from '../../parts/EmptyState.tsx';
import { Moment } from '../../parts/Moment.tsx';
import { Moods } from '../../parts/Moods.tsx';
import { PageHeader } from '../../parts/PageHeader.tsx';
import { PersonName } from '../../parts/personNames.tsx';
import { RequestActions } from '../restore/request/RequestActions.tsx';
import { ActivityTabs } from './ActivityTabs.tsx';

const useStyles = makeStyles({
  list: {
    listStyle: 'none',
    margin: 0,
    padding: 0,
    display: 'flex',
    flexDirection: 'column',
    gap: tokens.spacingVerticalM,
  },
  card: { padding: tokens.spacingHorizontalL, gap: tokens.spacingVerticalM },
  head: { display: 'flex', flexWrap: 'wrap', justifyContent: 'space-between', gap: tokens.spacingHorizontalM },
  note: { color: tokens.colorNeutralForeground3 },
});

/** What waits for this person's decision. Own requests are not among them: nobody decides those themselves. */
export function ApprovalsPage() {
  const styles = useStyles();
  const text = useTexts();
  const read = useRoute('listRestores', { query: { waitingForMe: 'true', pageSize: 50 } }, { every: () => 15_000 });
  return (
    <>
      <PageHeader title={text('page.activity')} fresh={read} />
      <ActivityTabs at="approvals" />
      <Moods of={read}>
        {({ value }) =>
          value.length === 0 ? (
            <EmptyState title={text('approvals.none')} words={text('approvals.noneWords')} />
          ) : (
            <ul className={styles.list}>
              {value.map((request) => (
                <li key={request.id}>
                  <Waiting request={request} onChanged={() => read.state === 'ready' && read.refresh()} />
                </li>
              ))}
            </ul>
          )
        }
      </Moods>
    </>
  );
}

function Waiting({ request, onChanged }: { request: RestoreRequest; onChanged: () => void }) {
  const styles = useStyles();
  const text = useTexts();
  const link = useLink(addressOf('activity', ['restore', request.id]));
  const items = request.plan === undefined ? 0 : request.plan.add + request.plan.keepBoth + request.plan.replace;
  const isDownload = request.destination.kind === 'download';
  return (
    <Card className={styles.card} role="group" aria-label={text('approvals.of', { name: request.asker.name })}>
      <div className={styles.head}>
        <Body1Strong as="h2">
          {text(isDownload ? 'approvals.wantsDownload' : 'approvals.wantsRestore', {
            name: request.asker.name,
            count: items,
            size: text.bytes(request.plan?.bytes ?? 0),
          })}
        </Body1Strong>
        <Caption1 className={styles.note}>
          <Moment iso={request.createdAt} />
        </Caption1>
      </div>
      <Body1>
        {text('approvals.owners')}{' '}
        {request.owners.map((id, at) => (
          <Fragment key={id}>
            {at > 0 && ', '}
            <PersonName id={id} />
          </Fragment>
        ))}
      </Body1>
      {request.reason !== undefined && request.reason !== '' && (
        <Body1>
          <q>{request.reason}</q>
        </Body1>
      )}
      <RequestActions request={request} onChanged={onChanged} />
      <Link {...link} aria-label={text('approvals.detailsOf', { name: request.asker.name })}>
        {text('overview.details')}
      </Link>
    </Card>
  );
}
