import { Body1, Caption1, Link, makeStyles, tokens } from '@fluentui/react-components';
import { ArrowUndoRegular, DatabaseArrowUpRegular } from '@fluentui/react-icons';
import type { ReactNode } from 'react';
import type { RestoreRequest } from '../../../../contract/restore.ts';
import type { Run } from '../../../../contract/runs.ts';
import { addressOf, useLink } from '../../app/routing.ts';
import { useTexts } from '../../app/texts.tsx';
import type { Texts } from '../../app/texts.tsx';
import { EmptyState } from '../../parts/EmptyState.tsx';
import { Moment } from '../../parts/Moment.tsx';
import { PersonName } from '../../parts/personNames.tsx';
import { Section } from '../../parts/Section.tsx';
import { StateWord } from '../../parts/StateWord.tsx';
import { amountOf, standingOfRequest } from '../activity/restores/requestFacts.ts';
import { runTotal } from '../activity/runs/runTotal.ts';

const shown = 10;

const useStyles = makeStyles({
  list: { listStyle: 'none', margin: 0, padding: 0 },
  row: {
    display: 'grid',
    gridTemplateColumns: '24px minmax(0, 1fr) auto',
    columnGap: tokens.spacingHorizontalM,
    alignItems: 'center',
    paddingBlock: tokens.spacingVerticalS,
    paddingInline: tokens.spacingHorizontalL,
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  icon: { fontSize: '20px', display: 'inline-flex', color: tokens.colorNeutralForeground3 },
  what: { display: 'flex', flexDirection: 'column', minWidth: 0 },
  note: { color: tokens.colorNeutralForeground3 },
  end: { display: 'flex', flexDirection: 'column', alignItems: 'flex-end', color: tokens.colorNeutralForeground2 },
});

interface Line {
  readonly id: string;
  readonly at: string;
  readonly icon: ReactNode;
  readonly title: string;
  readonly note: ReactNode;
  readonly state: ReactNode;
  readonly address: string;
}

/** The newest backups and restores, side by side in time. */
export function RecentActivity({ runs, restores }: { runs: readonly Run[]; restores: readonly RestoreRequest[] }) {
  const styles = useStyles();
  const text = useTexts();
  const lines: Line[] = [
    ...runs.map((run) => ({
      id: run.id,
      at: run.startedAt,
      icon: <DatabaseArrowUpRegular />,
      title: text('recent.run'),
      note: (
        <>
          <PersonName id={run.startedBy} told={run.startedByName} />
          {runTotal(text, run) === undefined ? null : ` · ${runTotal(text, run)}`}
        </>
      ),
      state: <StateWord state={run.status ?? run.state} />,
      address: addressOf('activity', ['run', run.id]),
    })),
    ...restores.map((request) => ({
      id: request.id,
      at: request.createdAt,
      icon: <ArrowUndoRegular />,
      title: text(request.destination.kind === 'download' ? 'recent.download' : 'recent.restore'),
      note: (
        <>
          {request.asker.name}
          {amountWords(text, request)}
        </>
      ),
      state: <StateWord state={standingOfRequest(request)} of="request" />,
      address: addressOf('activity', ['restore', request.id]),
    })),
  ]
    .toSorted((a, b) => b.at.localeCompare(a.at))
    .slice(0, shown);
  return (
    <Section title={text('recent.title')} flush>
      {lines.length === 0 && <EmptyState title={text('recent.none')} words={text('recent.noneWords')} />}
      <ul className={styles.list}>
        {lines.map((line) => (
          <li key={line.id} className={styles.row}>
            <span className={styles.icon} aria-hidden>
              {line.icon}
            </span>
            <div className={styles.what}>
              <LineLink line={line} />
              <Caption1 className={styles.note}>{line.note}</Caption1>
            </div>
            <div className={styles.end}>
              <Body1>{line.state}</Body1>
              <Caption1>
                <Moment iso={line.at} />
              </Caption1>
            </div>
          </li>
        ))}
      </ul>
    </Section>
  );
}

const amountWords = (text: Texts, request: RestoreRequest): string => {
  const count = amountOf(request);
  return count === undefined ? '' : ` · ${text('recent.restoreNote', { count })}`;
};

function LineLink({ line }: { line: Line }) {
  const text = useTexts();
  const link = useLink(line.address);
  return (
    <Link {...link} aria-label={text('recent.open', { title: line.title, at: text.moment(line.at) })}>
      {line.title}
    </Link>
  );
}
