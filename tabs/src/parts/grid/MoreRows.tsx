import { Body1, makeStyles, tokens } from '@fluentui/react-components';
import { useTexts } from '../../app/texts.tsx';
import type { Pages } from '../../client/usePages.ts';
import { ActionButton } from '../ActionButton.tsx';
import { Trouble } from '../Trouble.tsx';

const useStyles = makeStyles({
  foot: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: tokens.spacingHorizontalM,
    padding: tokens.spacingHorizontalL,
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
    color: tokens.colorNeutralForeground3,
  },
});

/** How much of a list is there, and the way to the rest of it. */
export function MoreRows({ pages }: { pages: Pages<unknown> }) {
  const styles = useStyles();
  const text = useTexts();
  return (
    <>
      {pages.problem !== undefined && <Trouble problem={pages.problem} onRetry={() => void pages.more()} />}
      <div className={styles.foot}>
        <Body1>{text(pages.hasMore ? 'list.shownMore' : 'list.shown', { count: pages.rows.length })}</Body1>
        {pages.hasMore && (
          <ActionButton busy={pages.loadingMore} onClick={() => void pages.more()}>
            {text('list.more')}
          </ActionButton>
        )}
      </div>
    </>
  );
}
