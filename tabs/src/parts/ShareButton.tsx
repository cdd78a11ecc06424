import { Button } from '@fluentui/react-components';
import { LinkRegular } from '@fluentui/react-icons';
import { shareLink } from '../app/host.ts';
import { useHost } from '../app/person.ts';
import type { PageName } from '../app/routing.ts';
import { useTexts } from '../app/texts.tsx';
import { useAnnounce } from './announcer.tsx';
import { useState } from 'react';

/** Copies a link to this place; where the browser does not let it, shows the link to copy by hand. */
export function ShareButton({ page, rest }: { page: PageName; rest: readonly string[] }) {
  const text = useTexts();
  const host = useHost();
  const announce = useAnnounce();
  const [link, setLink] = useState<string>();
  const copy = async (): Promise<void> => {
    const address = await shareLink(host, page, rest);
    try {
      await navigator.clipboard.writeText(address);
      announce(text('share.copied'));
    } catch (error) {
      // Inside a frame the clipboard may be closed; then the person copies it.
      console.info('The clipboard is closed here', error);
      setLink(address);
    }
  };
  return link === undefined ? (
    <Button appearance="subtle" icon={<LinkRegular />} onClick={() => void copy()}>
      {text('share.copy')}
    </Button>
  ) : (
    <a href={link}>{link}</a>
  );
}
