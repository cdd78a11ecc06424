import { Body1, Caption1, Card, Link, Subtitle2, makeStyles, tokens } from '@fluentui/react-components';
import { useId } from 'react';
import type { ReactNode } from 'react';
import type { RestoreRequest } from '../../../../../contract/restore.ts';
import { useLink } from '../../../app/routing.ts';
import { useTexts } from '../../../app/texts.tsx';
import { Facts } from '../../../parts/Facts.tsx';
import { Moment } from '../../../parts/Moment.tsx';
import { requestAddress } from '../places.ts';
import { expiresAt, titleOf } from '../restores/requestFacts.ts';
import { Chosen, Destination, Owners } from '../restores/RequestWhat.tsx';
import { ItemNames } from './ItemNames.tsx';

const useStyles = makeStyles({
  card: { padding: tokens.spacingHorizontalL, gap: tokens.spacingVerticalM, minWidth: 0 },
  head: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalXXS },
  note: { color: tokens.colorNeutralForeground3 },
  reason: {
    margin: 0,
    paddingInlineStart: tokens.spacingHorizontalM,
    borderInlineStartWidth: '3px',
    borderInlineStartStyle: 'solid',
    borderInlineStartColor: tokens.colorBrandStroke1,
    overflowWrap: 'anywhere',
  },
  foot: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: tokens.spacingHorizontalS },
  details: { marginInlineStart: 'auto' },
});

/** Everything that is needed to say yes or no, on one card. */
export function ApprovalCard({ request, children }: { request: RestoreRequest; children: ReactNode }) {
  const styles = useStyles();
  const text = useTexts();
  const id = useId();
  const link = useLink(requestAddress(request.id));
  const title = titleOf(text, request);
  return (
    <Card className={styles.card} role="article" aria-labelledby={id}>
      <div className={styles.head}>
        <Subtitle2 as="h3" id={id}>
          {text('activity.approval.asks', { name: request.asker.name, what: title })}
        </Subtitle2>
        <Caption1 className={styles.note}>
          <Moment iso={request.createdAt} /> ·{' '}
          {text('activity.approval.until', { at: text.moment(expiresAt(request)) })}
        </Caption1>
      </div>
      {request.reason !== undefined && request.reason !== '' && (
        <blockquote className={styles.reason} aria-label={text('activity.reason')}>
          <Body1>{request.reason}</Body1>
        </blockquote>
      )}
      <Facts
        facts={[
          [text('activity.owner'), <Owners request={request} form="address" />],
          [
            text('resource.items'),
            <>
              <Chosen request={request} />
              {request.plan !== undefined && `, ${text.bytes(request.plan.bytes)}`}
              <ItemNames request={request} />
            </>,
          ],
          [text('activity.destination'), <Destination request={request} />],
        ]}
      />
      <div className={styles.foot}>
        {children}
        <Link {...link} className={styles.details} aria-label={text('overview.detailsOf', { title })}>
          {text('overview.details')}
        </Link>
      </div>
    </Card>
  );
}
