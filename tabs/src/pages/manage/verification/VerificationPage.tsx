import { Body1, MessageBar, MessageBarBody } from '@fluentui/react-components';
import type { Verification } from '../../../../../contract/verification.ts';
import { useTexts } from '../../../app/texts.tsx';
import { closely, useRoute, valueOf } from '../../../client/useRoute.ts';
import { findingsOf } from '../../../parts/damage.ts';
import { Facts } from '../../../parts/Facts.tsx';
import { Moment } from '../../../parts/Moment.tsx';
import { Moods } from '../../../parts/Moods.tsx';
import { PersonName } from '../../../parts/personNames.tsx';
import { ResourceName } from '../../../parts/resourceNames.tsx';
import { Section } from '../../../parts/Section.tsx';
import { Sign } from '../../../parts/Sign.tsx';
import { Duration } from '../../activity/shared/Duration.tsx';
import { NumberList } from '../../activity/shared/NumberList.tsx';
import { useProgressAnnouncements } from '../../activity/shared/useProgressAnnouncements.ts';
import { manageAddress } from '../places.ts';
import { isUnderWay } from '../shared/inspection.ts';
import { ManageHeader } from '../shared/ManageHeader.tsx';
import { useManageStyles } from '../shared/manageStyles.ts';
import { Findings } from './Findings.tsx';
import { levelWords, partWords, VerificationSign } from './VerificationSign.tsx';

/** One verification: how far it is, what it looked at, and everything it found. */
export function VerificationPage({ id }: { id: string }) {
  const styles = useManageStyles();
  const text = useTexts();
  const read = useRoute(
    'getVerification',
    { params: { id } },
    { every: (age, value) => (value === undefined || isUnderWay(value) ? closely(age) : undefined) },
  );
  const verification = valueOf(read);
  useProgressAnnouncements(verification?.state, undefined);
  const list = { name: text('manage.verification'), address: manageAddress('verification') };
  return (
    <>
      <ManageHeader
        title={
          verification === undefined
            ? text('manage.verification')
            : text('verify.title', { at: text.moment(verification.startedAt) })
        }
        under={list}
        fresh={read}
      />
      <Moods of={read} missing={{ title: text('missing.verification'), list: list.name, address: list.address }}>
        {(found) => (
          <div className={styles.stack}>
            <div className={styles.columns}>
              <Section title={text('resource.stand')}>
                <Stand verification={found} />
              </Section>
              <Section title={text('verify.looked')}>
                <NumberList
                  numbers={[
                    { name: text('protection.resources'), count: found.looked.resources },
                    { name: text('points.title'), count: found.looked.points },
                    { name: text('resource.items'), count: found.looked.items },
                    { name: text('verify.packs'), count: found.looked.packs },
                  ]}
                />
                <Body1>{text('verify.read', { size: text.bytes(found.looked.bytes) })}</Body1>
              </Section>
            </div>
            {findingsOf(found) > 0 ? (
              <Findings verification={found} />
            ) : (
              <Section title={text('verify.findings')}>
                <Nothing verification={found} />
              </Section>
            )}
          </div>
        )}
      </Moods>
    </>
  );
}

function Stand({ verification }: { verification: Verification }) {
  const text = useTexts();
  const { state, reason, startedBy, startedByName, startedAt, finishedAt } = verification;
  return (
    <>
      {reason !== undefined && (
        <MessageBar intent={state === 'failed' ? 'error' : 'warning'} layout="multiline">
          <MessageBarBody>{reason}</MessageBarBody>
        </MessageBar>
      )}
      <Facts
        facts={[
          [text('verify.result'), <VerificationSign verification={verification} />],
          [text('verify.howMuch'), levelWords(text, verification)],
          [text('activity.where'), <Where verification={verification} />],
          [text('activity.startedBy'), <PersonName id={startedBy} told={startedByName} />],
          [text('activity.started'), <Moment iso={startedAt} form="both" />],
          [text('activity.duration'), <Duration from={startedAt} to={finishedAt} />],
        ]}
      />
    </>
  );
}

function Where({ verification: { resourceId, part } }: { verification: Verification }) {
  const text = useTexts();
  if (resourceId !== undefined) return <ResourceName id={resourceId} />;
  return <>{part === undefined ? text('verify.everything') : partWords(text, part)}</>;
}

/** Nothing found is good news only when it is at its end. */
function Nothing({ verification }: { verification: Verification }) {
  const text = useTexts();
  if (isUnderWay(verification)) return <Sign look="busy">{text('verify.nothingSoFar')}</Sign>;
  if (verification.state === 'failed') return <Sign look="warn">{text('verify.nothingFailed')}</Sign>;
  const { level, part, resourceId } = verification;
  // Every byte of a part is not everything.
  const isAll = part === undefined && resourceId === undefined;
  return <Sign look="good">{text(`verify.nothing.${isAll ? level : 'sampling'}`)}</Sign>;
}
