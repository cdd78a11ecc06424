import { Caption1, Link, makeStyles, tokens } from '@fluentui/react-components';
import { Fragment, useMemo } from 'react';
import type { RestoreRequest } from '../../../../contract/restore.ts';
import { addressOf, follow, navigate } from '../../app/routing.ts';
import { useTexts } from '../../app/texts.tsx';
import { Grid } from '../../parts/grid/Grid.tsx';
import type { Column } from '../../parts/grid/Grid.tsx';
import { Moment } from '../../parts/Moment.tsx';
import { PersonName } from '../../parts/personNames.tsx';
import { StateWord } from '../../parts/StateWord.tsx';

const useStyles = makeStyles({
  words: { display: 'flex', flexDirection: 'column', minWidth: 0 },
  note: { color: tokens.colorNeutralForeground3, overflowWrap: 'anywhere' },
});

const address = (request: RestoreRequest): string => addressOf('activity', ['restore', request.id]);
const open = (request: RestoreRequest): void => navigate(address(request));
const keyOf = (request: RestoreRequest): string => request.id;

export function RestoreGrid({ requests }: { requests: readonly RestoreRequest[] }) {
  const styles = useStyles();
  const text = useTexts();
  const columns = useMemo(
    (): readonly Column<RestoreRequest>[] => [
      {
        id: 'what',
        name: text('run.what'),
        width: 'minmax(180px, 2fr)',
        rank: 1,
        cell: (request) => {
          const title = text(request.destination.kind === 'download' ? 'recent.download' : 'recent.restore');
          return (
            <div className={styles.words}>
              <Link
                appearance="subtle"
                href={address(request)}
                onClick={(event) => follow(event, address(request))}
                aria-label={text('recent.open', { title, at: text.moment(request.createdAt) })}
              >
                {title}
              </Link>
              {request.reason !== undefined && <Caption1 className={styles.note}>{request.reason}</Caption1>}
            </div>
          );
        },
      },
      {
        id: 'state',
        name: text('resource.state'),
        width: 'minmax(150px, 1.2fr)',
        rank: 2,
        cell: (request) => <StateWord state={request.state} of="request" />,
      },
      {
        id: 'asker',
        name: text('request.asker'),
        width: 'minmax(110px, 1fr)',
        rank: 2,
        labelled: true,
        cell: (request) => <bdi>{request.asker.name}</bdi>,
      },
      {
        id: 'owners',
        name: text('request.owners'),
        width: 'minmax(110px, 1fr)',
        rank: 2,
        labelled: true,
        cell: (request) =>
          request.owners.map((id, at) => (
            <Fragment key={id}>
              {at > 0 && ', '}
              <PersonName id={id} />
            </Fragment>
          )),
      },
      {
        id: 'items',
        name: text('resource.items'),
        width: 'minmax(60px, 0.5fr)',
        rank: 3,
        align: 'end',
        cell: (request) => {
          const { counts, plan } = request;
          const total = counts?.total ?? (plan === undefined ? undefined : plan.add + plan.keepBoth + plan.replace);
          return total === undefined ? text('value.none') : text.number(total);
        },
      },
      {
        id: 'asked',
        name: text('request.asked'),
        width: 'minmax(100px, 0.8fr)',
        rank: 2,
        cell: (request) => <Moment iso={request.createdAt} />,
      },
    ],
    [styles, text],
  );
  return (
    <Grid
      name={text('activity.restores')}
      columns={columns}
      rows={requests}
      keyOf={keyOf}
      nameOf={(request) => text.moment(request.createdAt)}
      onOpen={open}
    />
  );
}
