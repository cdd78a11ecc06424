import { makeStyles, tokens } from '@fluentui/react-components';
import { useState } from 'react';
import type { Policy } from '../../../../contract/policies.ts';
import type { RestoreRequest } from '../../../../contract/restore.ts';
import type { Run } from '../../../../contract/runs.ts';
import { useMe } from '../../app/person.ts';
import { addressOf } from '../../app/routing.ts';
import { useTexts } from '../../app/texts.tsx';
import { copyTimes } from '../../parts/LastCopy.tsx';
import { newestCopy } from '../../parts/newestCopy.ts';
import type { Coverage } from './coverage.ts';
import { Tile } from './Tile.tsx';

const useStyles = makeStyles({
  tiles: {
    display: 'grid',
    gridAutoFlow: 'column',
    gridAutoColumns: 'minmax(0, 1fr)',
    gap: tokens.spacingHorizontalM,
    // Two even rows on the usual window of Teams, pairs on a phone.
    '@media (max-width: 1099px)': { gridAutoFlow: 'row', gridTemplateColumns: 'repeat(3, minmax(0, 1fr))' },
    '@media (max-width: 559px)': { gridTemplateColumns: 'repeat(2, minmax(0, 1fr))' },
  },
});

export interface TileFacts {
  readonly coverage: Coverage;
  readonly policies: readonly Policy[] | undefined;
  readonly runs: readonly Run[] | undefined;
  readonly restores: readonly RestoreRequest[] | undefined;
  readonly waitingForMe: readonly RestoreRequest[] | undefined;
}

const week = 7 * 86_400_000;

export function Tiles({ coverage, policies, runs, restores, waitingForMe }: TileFacts) {
  const styles = useStyles();
  const text = useTexts();
  const me = useMe();
  const last = runs?.find(({ finishedAt }) => finishedAt !== undefined)?.finishedAt;
  const open = runs?.find(({ finishedAt }) => finishedAt === undefined);
  const next = policies
    ?.flatMap(({ enabled, nextRunAt }) => (enabled && nextRunAt !== undefined ? [nextRunAt] : []))
    .toSorted()[0];
  const { oldest } = coverage;
  const oldestAt = oldest === undefined ? undefined : newestCopy(oldest);
  const [now] = useState(() => Date.now());
  const recent = restores?.filter(({ createdAt }) => now - Date.parse(createdAt) < week);
  const none = text('value.none');
  return (
    <div className={styles.tiles}>
      <Tile
        name={text('tile.protected')}
        value={coverage.wanted === 0 ? none : text.percent(coverage.safe / coverage.wanted)}
        note={text('tile.protectedNote', { safe: coverage.safe, wanted: coverage.wanted })}
        address={addressOf('protection')}
      />
      <Tile
        name={text('tile.oldest')}
        value={oldestAt === undefined ? none : text.ago(oldestAt)}
        note={oldest === undefined ? text('tile.noCopy') : text('tile.oldestNote')}
        {...(oldest === undefined
          ? {}
          : { hint: text('tile.oldestHint', { name: oldest.name, times: copyTimes(text, oldest) }) })}
        address={addressOf('protection')}
      />
      <Tile
        name={text('tile.last')}
        value={last === undefined ? none : text.ago(last)}
        note={
          open !== undefined
            ? text('tile.running')
            : next === undefined
              ? text('tile.noNext')
              : text('tile.next', { time: text.moment(next) })
        }
        address={open === undefined ? addressOf('activity') : addressOf('activity', ['run', open.id])}
      />
      <Tile
        name={text('tile.size')}
        value={text.bytes(coverage.bytes)}
        note={text('tile.sizeNote', { count: coverage.items })}
        hint={text('tile.sizeHint')}
        address={addressOf('protection')}
      />
      <Tile
        name={text('tile.restores')}
        value={recent === undefined ? none : text.number(recent.length)}
        note={text('tile.restoresNote', { count: recent?.filter(({ state }) => state === 'done').length ?? 0 })}
        address={addressOf('activity', ['restores'])}
      />
      {me.can.approve && (
        <Tile
          name={text('tile.approvals')}
          value={waitingForMe === undefined ? none : text.number(waitingForMe.length)}
          note={text('tile.approvalsNote')}
          address={addressOf('activity', ['approvals'])}
        />
      )}
    </div>
  );
}
