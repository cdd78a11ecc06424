import { Button, Spinner, Tooltip } from '@fluentui/react-components';
import type { ButtonProps } from '@fluentui/react-components';
import { useSyncExternalStore } from 'react';
import { useTexts } from '../app/texts.tsx';

const listen = (tell: () => void): (() => void) => {
  addEventListener('online', tell);
  addEventListener('offline', tell);
  return () => {
    removeEventListener('online', tell);
    removeEventListener('offline', tell);
  };
};

/** Does the browser believe that it has a network? */
export const useOnline = (): boolean => useSyncExternalStore(listen, () => navigator.onLine);

type Props = Pick<ButtonProps, 'appearance' | 'size' | 'className' | 'aria-label' | 'icon' | 'children'> & {
  readonly onClick: () => void;
  readonly busy?: boolean;
  /** Why it cannot be used now, in words; it stays reachable so that the words can be read. */
  readonly hindrance?: string | undefined;
};

/** A button that changes something: it rests while it works and says why it cannot be used. */
export function ActionButton({ onClick, busy = false, hindrance, icon, ...rest }: Props) {
  const text = useTexts();
  const online = useOnline();
  const reason = online ? hindrance : text('shell.offlineAction');
  const button = (
    <Button
      {...rest}
      onClick={reason === undefined && !busy ? onClick : undefined}
      disabledFocusable={reason !== undefined || busy}
      icon={busy ? <Spinner size="tiny" /> : icon}
    />
  );
  if (reason === undefined) return button;
  return (
    <Tooltip content={reason} relationship="description">
      {button}
    </Tooltip>
  );
}
