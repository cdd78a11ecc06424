import { Body1, Caption1, Card, Link } from '@fluentui/react-components';
import { DocumentSearchRegular } from '@fluentui/react-icons';
import { useMemo, useState } from 'react';
import type { Verification } from '../../../../../contract/verification.ts';
import { useMe } from '../../../app/person.ts';
import { follow, navigate } from '../../../app/routing.ts';
import { useTexts } from '../../../app/texts.tsx';
import { usePages } from '../../../client/usePages.ts';
import { closely } from '../../../client/useRoute.ts';
import { ActionButton } from '../../../parts/ActionButton.tsx';
import { EmptyState } from '../../../parts/EmptyState.tsx';
import { Grid } from '../../../parts/grid/Grid.tsx';
import type { Column } from '../../../parts/grid/Grid.tsx';
import { MoreRows } from '../../../parts/grid/MoreRows.tsx';
import { Moment } from '../../../parts/Moment.tsx';
import { Moods } from '../../../parts/Moods.tsx';
import { PersonName } from '../../../parts/personNames.tsx';
import { ResourceName } from '../../../parts/resourceNames.tsx';
import { manageAddress } from '../places.ts';
import { isUnderWay } from '../shared/inspection.ts';
import { ManageHeader } from '../shared/ManageHeader.tsx';
import { useManageStyles } from '../shared/manageStyles.ts';
import { StartVerification } from './StartVerification.tsx';
import { levelWords, partWords, VerificationSign } from './VerificationSign.tsx';

const quietPace = 30_000;
const input = { query: { pageSize: 20 } };
const keyOf = ({ id }: Verification): string => id;
const addressOfOne = ({ id }: Verification): string => manageAddress('verification', id);

/** Verifications, newest first, and the button for another one. */
export function VerificationsPage() {
  const styles = useManageStyles();
  const text = useTexts();
  const me = useMe();
  const [isStarting, setIsStarting] = useState(false);
  const pages = usePages('listVerifications', input, {
    every: (age, answer) => (answer?.value.some(isUnderWay) === true ? closely(age) : quietPace),
  });
  return (
    <>
      <ManageHeader title={text('manage.verification')} fresh={pages.first}>
        {me.can.changeSettings && (
          <ActionButton appearance="primary" icon={<DocumentSearchRegular />} onClick={() => setIsStarting(true)}>
            {text('verify.ask')}
          </ActionButton>
        )}
      </ManageHeader>
      <div className={styles.stack}>
        <Body1 className={styles.intro}>{text('verify.intro')}</Body1>
        <Moods of={pages.first}>
          {() =>
            pages.rows.length === 0 ? (
              <EmptyState title={text('verify.none')} words={text('verify.noneWords')} />
            ) : (
              <Card className={styles.list}>
                <VerificationGrid rows={pages.rows} />
                <MoreRows pages={pages} />
              </Card>
            )
          }
        </Moods>
      </div>
      {isStarting && <StartVerification onClose={() => setIsStarting(false)} />}
    </>
  );
}

function VerificationGrid({ rows }: { rows: readonly Verification[] }) {
  const styles = useManageStyles();
  const text = useTexts();
  const columns = useMemo(
    (): readonly Column<Verification>[] => [
      {
        id: 'started',
        name: text('activity.started'),
        width: 'minmax(170px, 1fr)',
        rank: 1,
        cell: (each) => (
          <>
            <Link href={addressOfOne(each)} onClick={(event) => follow(event, addressOfOne(each))}>
              {text.moment(each.startedAt)}
            </Link>
            <Caption1 className={styles.note}>
              <Moment iso={each.startedAt} /> · <PersonName id={each.startedBy} told={each.startedByName} />
            </Caption1>
          </>
        ),
      },
      {
        id: 'level',
        name: text('verify.howMuch'),
        width: 'minmax(120px, 0.8fr)',
        rank: 2,
        cell: (each) => <Reach verification={each} />,
      },
      {
        id: 'found',
        name: text('verify.result'),
        width: 'minmax(180px, 1.4fr)',
        rank: 2,
        cell: (each) => <VerificationSign verification={each} />,
      },
      {
        id: 'looked',
        name: text('verify.looked'),
        width: 'minmax(140px, 1fr)',
        rank: 2,
        labelled: true,
        cell: ({ looked }) => (
          <span className={styles.numbers}>
            {text('mine.holds', { count: looked.items, size: text.bytes(looked.bytes) })}
          </span>
        ),
      },
    ],
    [styles.note, styles.numbers, text],
  );
  return (
    <Grid
      name={text('manage.verification')}
      columns={columns}
      rows={rows}
      keyOf={keyOf}
      nameOf={({ startedAt }) => text.moment(startedAt)}
      onOpen={(each) => navigate(addressOfOne(each))}
    />
  );
}

/** How much it read, and of what where that is not everything. */
function Reach({ verification }: { verification: Verification }) {
  const styles = useManageStyles();
  const text = useTexts();
  const { part, resourceId } = verification;
  return (
    <>
      {levelWords(text, verification)}
      {part !== undefined && <Caption1 className={styles.note}>{partWords(text, part)}</Caption1>}
      {resourceId !== undefined && (
        <Caption1 className={styles.note}>
          <ResourceName id={resourceId} />
        </Caption1>
      )}
    </>
  );
}
