import { Body1Strong, Caption1, MessageBar, MessageBarBody, makeStyles, tokens } from '@fluentui/react-components';
import type { KeyStatus } from '../../../../../contract/service.ts';
import { useMe } from '../../../app/person.ts';
import { useTexts } from '../../../app/texts.tsx';
import { useRoute } from '../../../client/useRoute.ts';
import { useChanges } from '../../../parts/changes/useChanges.ts';
import { Facts } from '../../../parts/Facts.tsx';
import { Moment } from '../../../parts/Moment.tsx';
import { Moods } from '../../../parts/Moods.tsx';
import { usePersonName } from '../../../parts/personNames.tsx';
import { Section } from '../../../parts/Section.tsx';
import { ManageHeader } from '../shared/ManageHeader.tsx';
import { useManageStyles } from '../shared/manageStyles.ts';
import { ProofSign } from './ProofSign.tsx';
import { ProveKey } from './ProveKey.tsx';
import { RotateKeys } from './RotateKeys.tsx';

const useStyles = makeStyles({
  list: {
    listStyle: 'none',
    margin: 0,
    padding: 0,
    display: 'flex',
    flexDirection: 'column',
    gap: tokens.spacingVerticalM,
  },
  wrap: { marginTop: tokens.spacingVerticalXS },
});

/** The keys of the repository: what opens them, whether the recovery key works, and a new one. */
export function KeysPage() {
  const styles = useManageStyles();
  const text = useTexts();
  const me = useMe();
  const read = useRoute('getKeys', {});
  const changes = useChanges();
  const refresh = (): void => {
    if (read.state === 'ready') read.refresh();
  };
  return (
    <>
      <ManageHeader title={text('manage.keys')} fresh={read} />
      <Moods of={read}>
        {(keys) => (
          <div className={styles.stack}>
            {keys.provedAt === undefined && (
              <MessageBar intent="warning" layout="multiline">
                <MessageBarBody>{text('keys.neverWords')}</MessageBarBody>
              </MessageBar>
            )}
            <div className={styles.columns}>
              <Status keys={keys} />
              {me.can.changeSettings && <ProveKey onProven={refresh} />}
            </div>
            <div className={styles.columns}>
              <Epochs keys={keys} />
              <RotateKeys keys={keys} changes={changes} onChanged={refresh} />
            </div>
          </div>
        )}
      </Moods>
    </>
  );
}

function Status({ keys }: { keys: KeyStatus }) {
  const styles = useManageStyles();
  const text = useTexts();
  const prover = usePersonName(keys.provedBy ?? '');
  const inForce = keys.epochs.find(({ epoch }) => epoch === keys.epoch);
  return (
    <Section title={text('resource.stand')}>
      <Facts
        facts={[
          [text('keys.proof'), <ProofSign keys={keys} />],
          [
            text('keys.provedBy'),
            keys.provedAt === undefined || keys.provedBy === undefined
              ? undefined
              : text('keys.provedByAt', { name: prover, at: text.moment(keys.provedAt) }),
          ],
          [
            text('keys.recoveryId'),
            keys.recoveryKeyId === undefined ? (
              text('keys.noRecovery')
            ) : (
              <span className={styles.mono}>{keys.recoveryKeyId}</span>
            ),
          ],
          [text('keys.inUse'), text('keys.number', { number: keys.epoch })],
          [text('keys.made'), inForce === undefined ? undefined : <Moment iso={inForce.madeAt} form="both" />],
          [text('keys.openedBy'), text(`keys.kind.${keys.outer.kind}`)],
          [text('keys.outerId'), <span className={styles.mono}>{keys.outer.keyId}</span>],
        ]}
      />
    </Section>
  );
}

function Epochs({ keys: { epochs } }: { keys: KeyStatus }) {
  const styles = useStyles();
  const own = useManageStyles();
  const text = useTexts();
  return (
    <Section title={text('keys.all')}>
      <ul className={styles.list}>
        {epochs.toReversed().map(({ epoch, madeAt, wraps }) => (
          <li key={epoch}>
            <Body1Strong>{text('keys.number', { number: epoch })}</Body1Strong>
            <Caption1 className={own.note}>
              <Moment iso={madeAt} form="both" />
            </Caption1>
            {wraps.map((wrap) => (
              <div key={`${wrap.kind} ${wrap.keyId} ${wrap.wrappedAt}`} className={styles.wrap}>
                {text('keys.opens', { what: text(`keys.kind.${wrap.kind}`) })}
                <Caption1 className={own.note}>{wrap.keyId}</Caption1>
              </div>
            ))}
          </li>
        ))}
      </ul>
    </Section>
  );
}
