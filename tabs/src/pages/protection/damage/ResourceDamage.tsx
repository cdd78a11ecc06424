import { Body1, Body1Strong, Caption1, makeStyles, tokens } from '@fluentui/react-components';
import { useMemo, useState } from 'react';
import type { Resource } from '../../../../../contract/resources.ts';
import type { DamagedItem } from '../../../../../contract/verification.ts';
import { useMe } from '../../../app/person.ts';
import { useTexts } from '../../../app/texts.tsx';
import { usePages } from '../../../client/usePages.ts';
import { ActionButton } from '../../../parts/ActionButton.tsx';
import { MoreRows } from '../../../parts/grid/MoreRows.tsx';
import { ItemName } from '../../../parts/ItemName.tsx';
import { Moods } from '../../../parts/Moods.tsx';
import { usePersonName } from '../../../parts/personNames.tsx';
import { Section } from '../../../parts/Section.tsx';
import { Sign } from '../../../parts/Sign.tsx';
import { AcceptLoss } from './AcceptLoss.tsx';

const useStyles = makeStyles({
  list: { listStyle: 'none', margin: 0, padding: 0 },
  line: {
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'flex-start',
    gap: tokens.spacingVerticalXXS,
    paddingBlock: tokens.spacingVerticalM,
    paddingInline: tokens.spacingHorizontalL,
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  name: { overflowWrap: 'anywhere' },
  note: { color: tokens.colorNeutralForeground2, overflowWrap: 'anywhere' },
});

/** What of its copies is damaged in storage, item by item, what heals it, and the way to accept what nothing does. */
export function ResourceDamage({ resource, onChanged }: { resource: Resource; onChanged: () => void }) {
  const styles = useStyles();
  const text = useTexts();
  const me = useMe();
  const { id, damaged } = resource;
  const [asking, setAsking] = useState<'all' | DamagedItem>();
  const pages = usePages(
    'listDamaged',
    useMemo(() => ({ params: { id }, query: { pageSize: 100 } }), [id]),
  );
  const lost = pages.rows.filter(({ mayAccept, accepted }) => mayAccept && accepted === undefined);
  const mayAct = me.can.changeSettings;
  const refresh = (): void => {
    if (pages.first.state === 'ready') pages.first.refresh();
    onChanged();
  };
  return (
    <Section
      title={text('damage.title', { count: damaged?.items ?? 0 })}
      flush
      actions={
        mayAct &&
        lost.length > 1 && (
          <ActionButton size="small" onClick={() => setAsking('all')}>
            {text('damage.acceptAll')}
          </ActionButton>
        )
      }
    >
      <Moods of={pages.first} rows={2}>
        {() => (
          <>
            <ul className={styles.list}>
              {pages.rows.map((item) => (
                <Line key={item.id} item={item} onAccept={mayAct ? () => setAsking(item) : undefined} />
              ))}
            </ul>
            <MoreRows pages={pages} />
          </>
        )}
      </Moods>
      {asking !== undefined && (
        <AcceptLoss
          resource={resource}
          item={asking === 'all' ? undefined : asking}
          onClose={() => setAsking(undefined)}
          onDone={refresh}
        />
      )}
    </Section>
  );
}

function Line({ item, onAccept }: { item: DamagedItem; onAccept: (() => void) | undefined }) {
  const styles = useStyles();
  const text = useTexts();
  const { name, kind, detail, at, points, inNewest, goneSince, mayAccept, accepted } = item;
  return (
    <li className={styles.line}>
      <Body1Strong className={styles.name}>
        <ItemName name={name} />
      </Body1Strong>
      <Sign look={accepted === undefined ? 'bad' : 'quiet'}>
        {accepted === undefined ? text(`verify.kind.${kind}`) : text('damage.accepted')}
      </Sign>
      <Body1 className={styles.name}>{detail}</Body1>
      <Caption1 className={styles.note}>
        {text('damage.found', { at: text.moment(at), count: points.length })}{' '}
        {accepted === undefined &&
          (goneSince !== undefined
            ? text('damage.gone', { at: text.moment(goneSince) })
            : text(inNewest ? 'verify.heals.fetch' : 'damage.old'))}
      </Caption1>
      {accepted !== undefined && <Accepted accepted={accepted} />}
      {onAccept !== undefined && mayAccept && accepted === undefined && (
        <ActionButton size="small" onClick={onAccept}>
          {text('damage.accept')}
        </ActionButton>
      )}
    </li>
  );
}

function Accepted({ accepted }: { accepted: NonNullable<DamagedItem['accepted']> }) {
  const styles = useStyles();
  const text = useTexts();
  const { by, byName, at, reason } = accepted;
  const name = usePersonName(by, byName);
  return (
    <Caption1 className={styles.note}>{text('damage.acceptedBy', { name, at: text.moment(at), reason })}</Caption1>
  );
}
