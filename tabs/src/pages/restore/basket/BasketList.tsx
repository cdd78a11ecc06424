import { Body1, Button, Caption1, makeStyles, tokens } from '@fluentui/react-components';
import { DeleteRegular } from '@fluentui/react-icons';
import { useState } from 'react';
import { useTexts } from '../../../app/texts.tsx';
import { NamedIcon } from '../../../parts/icons.tsx';
import { ItemName } from '../../../parts/ItemName.tsx';
import { Section } from '../../../parts/Section.tsx';
import { useWorkloads } from '../../../parts/workloads.tsx';
import { useBasket } from './basket.tsx';
import { basketWords } from './basketWords.ts';

const shown = 8;

const useStyles = makeStyles({
  list: { listStyle: 'none', margin: 0, padding: 0 },
  line: {
    display: 'grid',
    gridTemplateColumns: '24px minmax(0, 1fr) auto auto',
    alignItems: 'center',
    columnGap: tokens.spacingHorizontalS,
    paddingBlock: tokens.spacingVerticalXS,
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  icon: { display: 'inline-flex', fontSize: '20px', color: tokens.colorNeutralForeground3 },
  words: { display: 'flex', flexDirection: 'column', minWidth: 0, overflowWrap: 'anywhere' },
  note: { color: tokens.colorNeutralForeground3 },
});

/** What comes back, one by one, with the copy that each comes from. */
export function BasketList() {
  const styles = useStyles();
  const text = useTexts();
  const workloads = useWorkloads();
  const { basket, take } = useBasket();
  const [all, setAll] = useState(false);
  const things = basket.kind === 'things' ? basket.things : [];
  return (
    <Section title={text('options.what')}>
      <Body1>
        {basketWords(text, basket)}
        {basket.kind === 'whole' && (
          <>
            {' '}
            <bdi>
              {text('resource.full', {
                name: basket.resource.name,
                workload: workloads.label(basket.resource.workload),
              })}
            </bdi>
          </>
        )}
      </Body1>
      {things.length > 0 && (
        <ul className={styles.list}>
          {(all ? things : things.slice(0, shown)).map((thing) => (
            <li key={`${thing.itemId} ${thing.at}`} className={styles.line}>
              <span className={styles.icon}>
                <NamedIcon name={workloads.kindIcon(thing.kind)} fileName={thing.name} />
              </span>
              <span className={styles.words}>
                <ItemName name={thing.name} />
                <Caption1 className={styles.note}>
                  {text('options.fromCopy', { owner: thing.ownerName, moment: text.moment(thing.takenAt) })}
                </Caption1>
              </span>
              <Caption1 className={styles.note}>{thing.container ? '' : text.bytes(thing.size)}</Caption1>
              <Button
                appearance="subtle"
                size="small"
                icon={<DeleteRegular />}
                aria-label={text('options.leaveOut', { name: thing.name })}
                onClick={() => take([thing])}
              />
            </li>
          ))}
        </ul>
      )}
      {!all && things.length > shown && (
        <Button appearance="subtle" onClick={() => setAll(true)}>
          {text('options.showAll', { count: things.length })}
        </Button>
      )}
    </Section>
  );
}
