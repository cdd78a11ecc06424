import { Caption1, Link } from '@fluentui/react-components';
import { useMemo } from 'react';
import type { RestoreRequest } from '../../../../../contract/restore.ts';
import { follow, navigate } from '../../../app/routing.ts';
import { useTexts } from '../../../app/texts.tsx';
import { Grid } from '../../../parts/grid/Grid.tsx';
import type { Column } from '../../../parts/grid/Grid.tsx';
import { Moment } from '../../../parts/Moment.tsx';
import { StateWord } from '../../../parts/StateWord.tsx';
import { requestAddress } from '../places.ts';
import { Duration } from '../shared/Duration.tsx';
import { usePageStyles } from '../shared/pageStyles.ts';
import { ProgressLine } from '../shared/ProgressLine.tsx';
import {
  amountOf,
  expiresAt,
  handledOf,
  isWorking,
  shareOfRequest,
  standingOfRequest,
  titleOf,
} from './requestFacts.ts';
import { Destination, Owners } from './RequestWhat.tsx';

const keyOf = ({ id }: RestoreRequest): string => id;
const open = ({ id }: RestoreRequest): void => navigate(requestAddress(id));

export function RequestGrid({ rows }: { rows: readonly RestoreRequest[] }) {
  const styles = usePageStyles();
  const text = useTexts();
  const columns = useMemo(
    (): readonly Column<RestoreRequest>[] => [
      {
        id: 'what',
        name: text('activity.what'),
        width: 'minmax(150px, 1.4fr)',
        rank: 1,
        cell: (request) => (
          <>
            <Link
              href={requestAddress(request.id)}
              aria-label={text('recent.open', { title: titleOf(text, request), at: text.moment(request.createdAt) })}
              onClick={(event) => follow(event, requestAddress(request.id))}
            >
              {titleOf(text, request)}
            </Link>
            <Caption1 className={styles.note}>
              <Moment iso={request.createdAt} /> · <bdi>{request.asker.name}</bdi>
            </Caption1>
          </>
        ),
      },
      {
        id: 'owner',
        name: text('activity.owner'),
        width: 'minmax(110px, 1fr)',
        rank: 2,
        labelled: true,
        cell: (request) => <Owners request={request} />,
      },
      {
        id: 'state',
        name: text('resource.state'),
        width: 'minmax(150px, 1.4fr)',
        rank: 2,
        cell: (request) => <RequestState request={request} />,
      },
      {
        id: 'progress',
        name: text('activity.progress'),
        width: 'minmax(130px, 1.1fr)',
        rank: 2,
        cell: (request) => <Progress request={request} />,
      },
      {
        id: 'where',
        name: text('activity.destination'),
        width: 'minmax(120px, 1fr)',
        rank: 3,
        cell: (request) => <Destination request={request} />,
      },
      {
        id: 'bytes',
        name: text('resource.size'),
        width: 'minmax(76px, 0.5fr)',
        rank: 3,
        align: 'end',
        cell: (request) => (
          <span className={styles.numbers}>
            {request.counts === undefined && request.plan === undefined
              ? text('value.none')
              : text.bytes(request.counts?.bytes ?? request.plan?.bytes ?? 0)}
          </span>
        ),
      },
      {
        id: 'duration',
        name: text('activity.duration'),
        width: 'minmax(70px, 0.5fr)',
        rank: 3,
        align: 'end',
        cell: ({ counts, startedAt, finishedAt }) =>
          counts === undefined || startedAt === undefined ? (
            text('value.none')
          ) : (
            <Duration from={startedAt} to={finishedAt} />
          ),
      },
    ],
    [styles.note, styles.numbers, text],
  );
  return (
    <Grid
      name={text('activity.restores')}
      columns={columns}
      rows={rows}
      keyOf={keyOf}
      nameOf={(request) => titleOf(text, request)}
      onOpen={open}
    />
  );
}

/** The state and what it waits for, or why it ended. */
export function RequestState({ request }: { request: RestoreRequest }) {
  const styles = usePageStyles();
  const text = useTexts();
  const { state, decision, trouble } = request;
  const note =
    state === 'waiting'
      ? text('activity.approval.until', { at: text.moment(expiresAt(request)) })
      : state === 'declined' && decision?.reason !== undefined
        ? text('activity.approval.because', { name: decision.name, reason: decision.reason })
        : trouble;
  return (
    <>
      <StateWord state={standingOfRequest(request)} of="request" />
      {note !== undefined && <Caption1 className={styles.note}>{note}</Caption1>}
    </>
  );
}

function Progress({ request }: { request: RestoreRequest }) {
  const styles = usePageStyles();
  const text = useTexts();
  const { counts, undone } = request;
  const total = amountOf(request);
  if (isWorking(request))
    return (
      <ProgressLine
        name={text('activity.progress')}
        share={shareOfRequest(request)}
        words={
          counts === undefined || counts.total === 0
            ? text('activity.restore.counting')
            : text('activity.restore.doneOf', { done: handledOf(counts), total: counts.total })
        }
      />
    );
  if (undone !== undefined) return text('activity.restore.undone', { removed: undone.removed, kept: undone.kept });
  if (counts === undefined)
    return total === undefined ? text('value.none') : text('recent.restoreNote', { count: total });
  return (
    <span className={styles.numbers}>
      {text('activity.restore.backOf', {
        back: counts.restored,
        total: counts.total,
      })}
      {counts.skipped + counts.failed > 0 && (
        <Caption1 className={styles.note}>
          {text('activity.run.itemsNote', { skipped: counts.skipped, failed: counts.failed })}
        </Caption1>
      )}
    </span>
  );
}
