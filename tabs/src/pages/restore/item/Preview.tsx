import { Body1, Caption1, makeStyles, tokens } from '@fluentui/react-components';
import { useEffect, useState } from 'react';
import type { Item } from '../../../../../contract/resources.ts';
import { useTexts } from '../../../app/texts.tsx';
import { useApi } from '../../../client/apiContext.ts';
import { useReading } from '../../../client/useRoute.ts';
import { Moods } from '../../../parts/Moods.tsx';
import { readContent } from './readContent.ts';
import type { Shown } from './readContent.ts';

const useStyles = makeStyles({
  frame: {
    width: '100%',
    height: '360px',
    boxSizing: 'border-box',
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusMedium,
    // Mail is written for white paper, whatever the theme around it.
    backgroundColor: '#ffffff',
    colorScheme: 'light',
  },
  text: {
    margin: 0,
    padding: tokens.spacingHorizontalM,
    maxHeight: '360px',
    overflow: 'auto',
    whiteSpace: 'pre-wrap',
    overflowWrap: 'anywhere',
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusMedium,
  },
  image: { maxWidth: '100%', maxHeight: '360px', objectFit: 'contain' },
  stack: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalS },
});

/** A look into an item. The server writes down that it was looked at, before the first byte leaves. */
export function Preview({ resourceId, item, at }: { resourceId: string; item: Item; at: string }) {
  const api = useApi();
  const read = useReading(`content ${resourceId} ${item.id} ${at}`, (signal) =>
    readContent(api, { resourceId, item, at }, signal),
  );
  return <Moods of={read}>{(shown) => <Content shown={shown} name={item.name} />}</Moods>;
}

function Content({ shown, name }: { shown: Shown; name: string }) {
  const styles = useStyles();
  const text = useTexts();
  switch (shown.kind) {
    case 'message':
      return (
        <div className={styles.stack}>
          {/* Nothing in the frame runs, loads or leads anywhere: no permission is given back to the sandbox. */}
          <iframe className={styles.frame} sandbox="" srcDoc={shown.page} title={text('preview.of', { name })} />
          <Attachments names={shown.attachments} />
        </div>
      );
    case 'text':
      return (
        <div className={styles.stack}>
          {shown.text.trim() === '' ? (
            <Body1>{text('preview.empty')}</Body1>
          ) : (
            // A long text scrolls, and what scrolls must be reachable by the keyboard.
            <pre className={styles.text} tabIndex={0} aria-label={text('preview.of', { name })}>
              {shown.text}
            </pre>
          )}
          {shown.cut && <Caption1>{text('preview.cut')}</Caption1>}
          <Attachments names={shown.attachments} />
        </div>
      );
    case 'image':
      return <Picture blob={shown.blob} name={name} />;
    case 'tooHard':
      return <Body1>{text('preview.tooHard')}</Body1>;
    case 'none':
      return <Body1>{text('preview.none')}</Body1>;
  }
}

function Picture({ blob, name }: { blob: Blob; name: string }) {
  const styles = useStyles();
  const text = useTexts();
  const [address, setAddress] = useState<string>();
  useEffect(() => {
    const made = URL.createObjectURL(blob);
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  return <img className={styles.image} src={address} alt={text('preview.of', { name })} />;
}

function Attachments({ names = [] }: { names?: readonly string[] | undefined }) {
  const text = useTexts();
  if (names.length === 0) return null;
  return <Caption1>{text('preview.attachments', { names: new Intl.ListFormat(text.locale).format(names) })}</Caption1>;
}
