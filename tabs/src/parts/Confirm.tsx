import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  makeStyles,
  tokens,
} from '@fluentui/react-components';
import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import type { Problem } from '../../../contract/problem.ts';
import { useTexts } from '../app/texts.tsx';
import { ActionButton } from './ActionButton.tsx';
import { Trouble } from './Trouble.tsx';

const useStyles = makeStyles({
  content: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalM },
});

/** Asks before something is done: says what will happen, keeps trouble and typing in sight. */
export function Confirm({
  title,
  action,
  busy,
  problem,
  hindrance,
  onAct,
  onClose,
  children,
}: {
  title: string;
  action: string;
  busy: boolean;
  problem: Problem | undefined;
  hindrance?: string | undefined;
  onAct: () => void;
  onClose: () => void;
  children: ReactNode;
}) {
  const styles = useStyles();
  const text = useTexts();
  // The dialog is made when it is asked for, so that Fluent knows no trigger to give the focus back to.
  const [opener] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    },
    [opener],
  );
  return (
    <Dialog open modalType="modal" onOpenChange={(_, { open }) => !open && onClose()}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{title}</DialogTitle>
          <DialogContent className={styles.content}>
            {children}
            {problem !== undefined && <Trouble problem={problem} />}
          </DialogContent>
          <DialogActions>
            <ActionButton appearance="primary" busy={busy} hindrance={hindrance} onClick={onAct}>
              {action}
            </ActionButton>
            <Button onClick={onClose}>{text('state.cancel')}</Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
