import { Body1, Body1Strong, Button, Link, makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { DismissCircleFilled, InfoFilled, WarningFilled } from '@fluentui/react-icons';
import { useState } from 'react';
import { useLink } from '../../app/routing.ts';
import { useTexts } from '../../app/texts.tsx';
import { Section } from '../../parts/Section.tsx';
import type { Issue } from './attention.ts';

const shown = 5;

const useStyles = makeStyles({
  list: { listStyle: 'none', margin: 0, padding: 0, display: 'flex', flexDirection: 'column' },
  row: {
    display: 'grid',
    gridTemplateColumns: '20px minmax(0, 1fr) auto',
    columnGap: tokens.spacingHorizontalM,
    alignItems: 'start',
    paddingBlock: tokens.spacingVerticalM,
    paddingInline: tokens.spacingHorizontalL,
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  icon: { fontSize: '20px', display: 'inline-flex' },
  critical: { color: tokens.colorStatusDangerForeground1 },
  action: { color: tokens.colorStatusWarningForeground3 },
  warning: { color: tokens.colorNeutralForeground3 },
  detail: { display: 'block', color: tokens.colorNeutralForeground2, overflowWrap: 'anywhere' },
  rest: { padding: tokens.spacingHorizontalL, paddingTop: 0 },
});

const icons = { critical: <DismissCircleFilled />, action: <WarningFilled />, warning: <InfoFilled /> } as const;

/** Five causes, worst first; the rest when somebody asks for it. */
export function Attention({ issues }: { issues: readonly Issue[] }) {
  const styles = useStyles();
  const text = useTexts();
  const [isWhole, setIsWhole] = useState(false);
  const cut = isWhole ? issues : issues.slice(0, shown);
  return (
    <Section title={text('overview.attention', { count: issues.length })} flush>
      <ul className={styles.list}>
        {cut.map((issue) => (
          <li key={issue.id} className={styles.row}>
            <span
              className={mergeClasses(styles.icon, styles[issue.severity])}
              role="img"
              aria-label={text(`severity.${issue.severity}`)}
            >
              {icons[issue.severity]}
            </span>
            <div>
              <Body1Strong>{text(issue.title, issue.values)}</Body1Strong>
              {issue.detail !== undefined && <Body1 className={styles.detail}>{issue.detail}</Body1>}
            </div>
            <IssueLink issue={issue} />
          </li>
        ))}
      </ul>
      {issues.length > shown && (
        <div className={styles.rest}>
          <Button size="small" aria-expanded={isWhole} onClick={() => setIsWhole((before) => !before)}>
            {isWhole ? text('overview.fewerIssues') : text('overview.moreIssues', { count: issues.length - shown })}
          </Button>
        </div>
      )}
    </Section>
  );
}

function IssueLink({ issue }: { issue: Issue }) {
  const text = useTexts();
  const link = useLink(issue.address);
  return (
    <Link {...link} aria-label={text('overview.detailsOf', { title: text(issue.title, issue.values) })}>
      {text('overview.details')}
    </Link>
  );
}
