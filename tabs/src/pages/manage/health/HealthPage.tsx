import { Body1, Body1Strong, Caption1, makeStyles, tokens } from '@fluentui/react-components';
import type { ReactNode } from 'react';
import type { DependencyProbe, Health, PermissionProbe } from '../../../../../contract/service.ts';
import { useTexts } from '../../../app/texts.tsx';
import { useRoute } from '../../../client/useRoute.ts';
import { Facts } from '../../../parts/Facts.tsx';
import { Moment } from '../../../parts/Moment.tsx';
import { Moods } from '../../../parts/Moods.tsx';
import { Section } from '../../../parts/Section.tsx';
import { Sign } from '../../../parts/Sign.tsx';
import { ManageHeader } from '../shared/ManageHeader.tsx';
import { useManageStyles } from '../shared/manageStyles.ts';

const useStyles = makeStyles({
  list: { listStyle: 'none', margin: 0, padding: 0 },
  line: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 2fr) minmax(0, 3fr)',
    columnGap: tokens.spacingHorizontalL,
    rowGap: tokens.spacingVerticalXS,
    paddingBlock: tokens.spacingVerticalM,
    paddingInline: tokens.spacingHorizontalL,
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
    '@media (max-width: 719px)': { gridTemplateColumns: 'minmax(0, 1fr)' },
  },
  words: { display: 'block', overflowWrap: 'anywhere' },
});

const permissionLooks = {
  granted: 'good',
  notEffectiveYet: 'busy',
  refused: 'bad',
  notConfigured: 'quiet',
  unknown: 'warn',
} as const satisfies Readonly<Record<PermissionProbe['state'], string>>;
const dependencyLooks = {
  works: 'good',
  fails: 'bad',
  notConfigured: 'quiet',
} as const satisfies Readonly<Record<DependencyProbe['state'], string>>;

/** What the service needs to work, each tried just now: what is in the way, permissions, and what it stands on. */
export function HealthPage() {
  const styles = useManageStyles();
  const text = useTexts();
  const read = useRoute('getHealth', {}, { every: () => 60_000 });
  return (
    <>
      <ManageHeader title={text('manage.health')} fresh={read} />
      <Moods of={read}>
        {(health) => (
          <div className={styles.stack}>
            <Troubles health={health} />
            <Dependencies probes={health.dependencies ?? []} />
            <Permissions probes={health.permissions ?? []} />
            <Section title={text('health.service')}>
              <Facts
                facts={[
                  [text('health.version'), health.version],
                  [text('health.tried'), <Moment iso={health.time} form="both" />],
                ]}
              />
            </Section>
          </div>
        )}
      </Moods>
    </>
  );
}

function Troubles({ health: { verdict, troubles = [] } }: { health: Health }) {
  const styles = useStyles();
  const text = useTexts();
  return (
    <Section title={text('health.inTheWay')} flush>
      {troubles.length === 0 ? (
        <div className={styles.line}>
          <Sign look={verdict === 'Protected.' ? 'good' : 'warn'}>{verdict ?? text('health.nothing')}</Sign>
        </div>
      ) : (
        <ul className={styles.list}>
          {troubles.map(({ kind, text: words, wayOn }) => (
            <Line key={kind} head={<Sign look="warn">{words}</Sign>}>
              <Body1 className={styles.words}>{wayOn}</Body1>
            </Line>
          ))}
        </ul>
      )}
    </Section>
  );
}

function Permissions({ probes }: { probes: readonly PermissionProbe[] }) {
  const styles = useStyles();
  const own = useManageStyles();
  const text = useTexts();
  return (
    <Section title={text('health.permissions')} flush>
      <ul className={styles.list}>
        {probes.map(({ app, permission, state, call, advice }) => (
          <Line
            key={`${app} ${permission} ${call}`}
            head={
              <>
                <Body1Strong className={styles.words}>{permission}</Body1Strong>
                <Caption1 className={own.note}>{text(`health.app.${app}`)}</Caption1>
              </>
            }
          >
            <Sign look={permissionLooks[state]}>{text(`health.permission.${state}`)}</Sign>
            {advice !== undefined && <Body1 className={styles.words}>{advice}</Body1>}
            <Caption1 className={own.note}>{call}</Caption1>
          </Line>
        ))}
      </ul>
    </Section>
  );
}

function Dependencies({ probes }: { probes: readonly DependencyProbe[] }) {
  const styles = useStyles();
  const text = useTexts();
  return (
    <Section title={text('health.dependencies')} flush>
      <ul className={styles.list}>
        {probes.map(({ name, state, detail }) => (
          <Line key={name} head={<Body1Strong className={styles.words}>{name}</Body1Strong>}>
            <Sign look={dependencyLooks[state]}>{text(`health.dependency.${state}`)}</Sign>
            <Body1 className={styles.words}>{detail}</Body1>
          </Line>
        ))}
      </ul>
    </Section>
  );
}

function Line({ head, children }: { head: ReactNode; children: ReactNode }) {
  const styles = useStyles();
  return (
    <li className={styles.line}>
      <div>{head}</div>
      <div>{children}</div>
    </li>
  );
}
