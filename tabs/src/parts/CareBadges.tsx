import { Badge, makeStyles, tokens } from '@fluentui/react-components';
import { LockClosedRegular, PauseCircleRegular, WarningRegular } from '@fluentui/react-icons';
import type { Resource } from '../../../contract/resources.ts';
import { useTexts } from '../app/texts.tsx';

const useStyles = makeStyles({
  row: { display: 'inline-flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalXS, verticalAlign: 'top' },
  // As long as their words are: in a narrow cell they take a second line instead of running over it.
  badge: { height: 'auto', minHeight: '20px', whiteSpace: 'normal', textAlign: 'start' },
});

type Cared = Pick<Resource, 'held' | 'heldUntil' | 'expiryPaused' | 'damaged'>;

export const hasCare = ({ held, expiryPaused, damaged }: Cared): boolean =>
  held === true || expiryPaused !== undefined || damaged !== undefined;

/** What besides its state is to be known of a resource: on hold, expiry paused, damaged in storage. Nothing when there is nothing. */
export function CareBadges({ resource }: { resource: Cared }) {
  const styles = useStyles();
  const text = useTexts();
  const { held, heldUntil, expiryPaused, damaged } = resource;
  const open = damaged === undefined ? 0 : damaged.items - damaged.accepted;
  if (!hasCare(resource)) return null;
  return (
    <span className={styles.row}>
      {held === true && (
        <Badge className={styles.badge} appearance="tint" color="informative" icon={<LockClosedRegular />}>
          {heldUntil === undefined ? text('badge.held') : text('badge.heldUntil', { day: text.day(heldUntil) })}
        </Badge>
      )}
      {expiryPaused !== undefined && (
        <Badge className={styles.badge} appearance="tint" color="warning" icon={<PauseCircleRegular />}>
          {text('badge.expiryPaused')}
        </Badge>
      )}
      {open > 0 && (
        <Badge className={styles.badge} appearance="tint" color="danger" icon={<WarningRegular />}>
          {text('badge.damaged', { count: open })}
        </Badge>
      )}
      {damaged !== undefined && damaged.accepted > 0 && (
        <Badge className={styles.badge} appearance="tint" color="informative">
          {text('badge.lost', { count: damaged.accepted })}
        </Badge>
      )}
    </span>
  );
}
