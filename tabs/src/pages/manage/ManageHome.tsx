import { Body1, Card, Caption1, Link, makeStyles, tokens } from '@fluentui/react-components';
import {
  BroomRegular,
  ChevronRightRegular,
  ClipboardCheckmarkRegular,
  AlertRegular,
  DocumentSearchRegular,
  DocumentTableRegular,
  HeartPulseRegular,
  KeyRegular,
  PeopleRegular,
  LockClosedRegular,
  PlayCircleRegular,
} from '@fluentui/react-icons';
import type { ReactElement } from 'react';
import { useMe } from '../../app/person.ts';
import { useLink } from '../../app/routing.ts';
import { useTexts } from '../../app/texts.tsx';
import { PageHeader } from '../../parts/PageHeader.tsx';
import { manageAddress, managePages, mayOpen } from './places.ts';
import type { ManagePageName } from './places.ts';
import { Standing } from './Standing.tsx';

const useStyles = makeStyles({
  card: { padding: 0, gap: 0 },
  list: { listStyle: 'none', margin: 0, padding: 0 },
  row: {
    position: 'relative',
    display: 'grid',
    gridTemplateColumns: '24px minmax(0, 1fr) minmax(0, auto) 20px',
    columnGap: tokens.spacingHorizontalL,
    alignItems: 'center',
    paddingBlock: tokens.spacingVerticalM,
    paddingInline: tokens.spacingHorizontalL,
    ':hover': { backgroundColor: tokens.colorSubtleBackgroundHover },
    ':not(:first-child)': { borderTop: `1px solid ${tokens.colorNeutralStroke2}` },
    '@media (max-width: 559px)': { gridTemplateColumns: '24px minmax(0, 1fr) 20px' },
  },
  icon: { display: 'inline-flex', fontSize: '24px', color: tokens.colorBrandForeground1 },
  // The whole row is the target of its link.
  name: { fontWeight: tokens.fontWeightSemibold, '::before': { content: '""', position: 'absolute', inset: 0 } },
  words: { display: 'block', color: tokens.colorNeutralForeground2 },
  standing: { '@media (max-width: 559px)': { gridRow: 2, gridColumn: 2, marginTop: tokens.spacingVerticalXS } },
  end: {
    display: 'inline-flex',
    fontSize: '20px',
    color: tokens.colorNeutralForeground3,
    '@media (max-width: 559px)': { gridRow: 1, gridColumn: 3 },
    ':dir(rtl)': { transform: 'scaleX(-1)' },
  },
  intro: { color: tokens.colorNeutralForeground2, marginBottom: tokens.spacingVerticalL },
});

const icons: Readonly<Record<ManagePageName, ReactElement>> = {
  health: <HeartPulseRegular />,
  holds: <LockClosedRegular />,
  keys: <KeyRegular />,
  verification: <DocumentSearchRegular />,
  drills: <PlayCircleRegular />,
  cleanup: <BroomRegular />,
  access: <PeopleRegular />,
  notifications: <AlertRegular />,
  reports: <DocumentTableRegular />,
  audit: <ClipboardCheckmarkRegular />,
};

/** The pages of this level, each with how it stands. */
export function ManageHome() {
  const styles = useStyles();
  const text = useTexts();
  const me = useMe();
  const shown = managePages.filter((page) => mayOpen(page, me));
  return (
    <>
      <PageHeader title={text('page.manage')} />
      <Body1 as="p" block className={styles.intro}>
        {text('manage.intro')}
      </Body1>
      <Card className={styles.card}>
        <ul className={styles.list} aria-label={text('page.manage')}>
          {shown.map((page) => (
            <Row key={page} page={page} />
          ))}
        </ul>
      </Card>
    </>
  );
}

function Row({ page }: { page: ManagePageName }) {
  const styles = useStyles();
  const text = useTexts();
  const link = useLink(manageAddress(page));
  return (
    <li className={styles.row}>
      <span className={styles.icon} aria-hidden>
        {icons[page]}
      </span>
      <span>
        <Link {...link} className={styles.name}>
          {text(`manage.${page}`)}
        </Link>
        <Caption1 className={styles.words}>{text(`manage.${page}Words`)}</Caption1>
      </span>
      <span className={styles.standing}>
        <Standing page={page} />
      </span>
      <span className={styles.end} aria-hidden>
        <ChevronRightRegular />
      </span>
    </li>
  );
}
