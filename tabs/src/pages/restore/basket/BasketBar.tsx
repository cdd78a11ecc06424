import { Body1Strong, Button, Caption1, makeStyles, tokens } from '@fluentui/react-components';
import { ArrowUndoRegular } from '@fluentui/react-icons';
import { useEffect } from 'react';
import { addressOf, useLink } from '../../../app/routing.ts';
import { useTexts } from '../../../app/texts.tsx';
import { useAnnounce } from '../../../parts/announcer.tsx';
import { factsOf, useBasket } from './basket.tsx';
import { basketWords } from './basketWords.ts';

const useStyles = makeStyles({
  bar: {
    position: 'sticky',
    bottom: tokens.spacingVerticalM,
    zIndex: 5,
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: tokens.spacingHorizontalM,
    marginTop: tokens.spacingVerticalL,
    paddingBlock: tokens.spacingVerticalM,
    paddingInline: tokens.spacingHorizontalL,
    borderRadius: tokens.borderRadiusXLarge,
    backgroundColor: tokens.colorNeutralBackground1,
    border: `1px solid ${tokens.colorNeutralStroke1}`,
    boxShadow: tokens.shadow16,
  },
  words: { flexGrow: 1, flexBasis: '180px', display: 'flex', flexDirection: 'column', minWidth: 0 },
  note: { color: tokens.colorNeutralForeground3 },
});

/** What was chosen so far, in sight on every page on which something can be chosen. */
export function BasketBar() {
  const styles = useStyles();
  const text = useTexts();
  const announce = useAnnounce();
  const { basket, clear } = useBasket();
  const next = useLink(addressOf('restore', ['options']));
  const facts = factsOf(basket);
  const words = facts.empty ? '' : basketWords(text, basket);
  useEffect(() => {
    document.documentElement.style.scrollPaddingBottom = words === '' ? '' : '112px';
    if (words !== '') announce(text('basket.holds', { words }));
  }, [announce, text, words]);
  if (facts.empty) return null;
  return (
    <section className={styles.bar} aria-label={text('basket.title')}>
      <div className={styles.words}>
        <Body1Strong>{words}</Body1Strong>
        {facts.owners.length > 0 && (
          <Caption1 className={styles.note}>
            {text('basket.from', { who: new Intl.ListFormat(text.locale).format(facts.owners) })}
          </Caption1>
        )}
      </div>
      <Button onClick={clear}>{text('basket.clear')}</Button>
      <Button as="a" appearance="primary" icon={<ArrowUndoRegular />} {...next}>
        {text('basket.restore')}
      </Button>
    </section>
  );
}
