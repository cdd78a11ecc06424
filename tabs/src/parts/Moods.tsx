import { Body1, Button, Skeleton, SkeletonItem, makeStyles, tokens } from '@fluentui/react-components';
import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { useTexts } from '../app/texts.tsx';
import type { Loaded } from '../client/useRoute.ts';
import { NoAccess } from './NoAccess.tsx';
import { NotInList } from './NotFound.tsx';
import type { Missing } from './NotFound.tsx';
import { Trouble } from './Trouble.tsx';

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalM },
  late: { display: 'flex', alignItems: 'center', gap: tokens.spacingHorizontalM },
});

/** It is not there, or what the address has is no id at all. */
const namesNothing: ReadonlySet<number> = new Set([400, 404]);

/** A page's moods: loading, failed, no access, and there. What was read before stays in sight when a later reading fails. */
export function Moods<T>({
  of,
  children,
  rows = 4,
  missing,
}: {
  of: Loaded<T>;
  children: (value: T) => ReactNode;
  rows?: number;
  /** For one thing that its address names: what to say where the address names none. */
  missing?: Missing;
}) {
  const styles = useStyles();
  if (of.state === 'loading') return <Waiting rows={rows} />;
  if (of.state === 'ready') return children(of.value);
  if (of.problem.status === 403) return <NoAccess problem={of.problem} />;
  if (missing !== undefined && namesNothing.has(of.problem.status)) return <NotInList missing={missing} />;
  return (
    <div className={styles.stack}>
      <Trouble problem={of.problem} onRetry={of.retry} />
      {of.value !== undefined && children(of.value)}
    </div>
  );
}

/** Nothing for 300 ms, then a skeleton; after 10 s it says so and offers a way back. */
export function Waiting({ rows = 4, onCancel }: { rows?: number; onCancel?: () => void }) {
  const styles = useStyles();
  const text = useTexts();
  const [age, setAge] = useState<'new' | 'shown' | 'late'>('new');
  useEffect(() => {
    const timers = [setTimeout(() => setAge('shown'), 300), setTimeout(() => setAge('late'), 10_000)];
    return () => timers.forEach(clearTimeout);
  }, []);
  if (age === 'new') return null;
  return (
    <div className={styles.stack} aria-busy>
      <Skeleton aria-label={text('state.loading')} className={styles.stack}>
        {Array.from({ length: rows }, (_, row) => (
          <SkeletonItem key={row} size={32} />
        ))}
      </Skeleton>
      {age === 'late' && (
        <div className={styles.late}>
          <Body1>{text('state.stillLoading')}</Body1>
          <Button onClick={onCancel ?? (() => history.back())}>{text('state.cancel')}</Button>
        </div>
      )}
    </div>
  );
}
