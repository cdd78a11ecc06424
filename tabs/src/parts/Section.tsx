import { Card, Subtitle2, makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { useId } from 'react';
import type { ReactNode } from 'react';

const useStyles = makeStyles({
  card: { padding: tokens.spacingHorizontalL, gap: tokens.spacingVerticalM, minWidth: 0, overflow: 'visible' },
  flush: { paddingInline: 0, paddingBottom: 0 },
  head: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    justifyContent: 'space-between',
    gap: tokens.spacingHorizontalM,
  },
  flushHead: { paddingInline: tokens.spacingHorizontalL },
});

/** A part of a page with a heading of its own. `flush`: what is inside reaches to the edges, as lists do. */
export function Section({
  title,
  actions,
  flush = false,
  children,
}: {
  title: string;
  actions?: ReactNode;
  flush?: boolean;
  children: ReactNode;
}) {
  const styles = useStyles();
  const id = useId();
  return (
    <Card className={mergeClasses(styles.card, flush && styles.flush)} role="region" aria-labelledby={id}>
      <div className={mergeClasses(styles.head, flush && styles.flushHead)}>
        <Subtitle2 as="h2" id={id}>
          {title}
        </Subtitle2>
        {actions}
      </div>
      {children}
    </Card>
  );
}
