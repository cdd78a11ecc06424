import {
  Badge,
  Body1,
  Button,
  Card,
  MessageBar,
  MessageBarBody,
  Subtitle2,
  makeStyles,
  tokens,
} from '@fluentui/react-components';
import { AddRegular, DatabaseArrowUpRegular } from '@fluentui/react-icons';
import type { Policy } from '../../../../contract/policies.ts';
import type { WaitingChange } from '../../../../contract/retention.ts';
import { useMe } from '../../app/person.ts';
import { addressOf, navigate, useLink } from '../../app/routing.ts';
import { useTexts } from '../../app/texts.tsx';
import { useApi } from '../../client/apiContext.ts';
import { useAction } from '../../client/useAction.ts';
import { useRoute } from '../../client/useRoute.ts';
import { ActionButton } from '../../parts/ActionButton.tsx';
import { useChanges } from '../../parts/changes/useChanges.ts';
import { EmptyState } from '../../parts/EmptyState.tsx';
import { Facts } from '../../parts/Facts.tsx';
import { Moment } from '../../parts/Moment.tsx';
import { Moods } from '../../parts/Moods.tsx';
import { PageHeader } from '../../parts/PageHeader.tsx';
import { Trouble } from '../../parts/Trouble.tsx';
import { useWorkloads } from '../../parts/workloads.tsx';
import { HeldRetention } from './HeldRetention.tsx';
import { ProtectionTabs } from './ProtectionTabs.tsx';
import { retentionWords, scheduleWords, scopeWords } from './policyWords.ts';

const useStyles = makeStyles({
  list: {
    listStyle: 'none',
    margin: 0,
    padding: 0,
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fill, minmax(min(100%, 520px), 1fr))',
    gap: tokens.spacingHorizontalL,
    alignItems: 'start',
  },
  intro: { color: tokens.colorNeutralForeground2, marginBottom: tokens.spacingVerticalL, maxWidth: '96ch' },
  card: { padding: tokens.spacingHorizontalL, gap: tokens.spacingVerticalM },
  head: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: tokens.spacingHorizontalM },
  name: { flexGrow: 1, overflowWrap: 'anywhere' },
});

/** Backup policies in the order in which they apply. */
export function PoliciesPage() {
  const styles = useStyles();
  const text = useTexts();
  const me = useMe();
  const policies = useRoute('listPolicies', { query: { pageSize: 200 } });
  const changes = useChanges();
  const refresh = (): void => {
    if (policies.state === 'ready') policies.refresh();
    changes.refresh();
  };
  const add = useLink(addressOf('protection', ['policies', 'new']));
  return (
    <>
      <PageHeader title={text('page.protection')} fresh={policies}>
        {me.can.changePolicies && (
          <Button as="a" appearance="primary" icon={<AddRegular />} {...add}>
            {text('policy.add')}
          </Button>
        )}
      </PageHeader>
      <ProtectionTabs at="policies" />
      <Body1 as="p" block className={styles.intro}>
        {text('policy.intro')}
      </Body1>
      <Moods of={policies}>
        {({ value }) =>
          value.length === 0 ? (
            <EmptyState title={text('policy.none')} words={text('policy.noneWords')} />
          ) : (
            <ol className={styles.list}>
              {value.map((policy) => (
                <li key={policy.id}>
                  <PolicyCard
                    policy={policy}
                    change={changes.open.find(({ id }) => id === policy.waitingChange)}
                    onChanged={refresh}
                  />
                </li>
              ))}
            </ol>
          )
        }
      </Moods>
    </>
  );
}

function PolicyCard({
  policy,
  change,
  onChanged,
}: {
  policy: Policy;
  change: WaitingChange | undefined;
  onChanged: () => void;
}) {
  const styles = useStyles();
  const text = useTexts();
  const me = useMe();
  const api = useApi();
  const workloads = useWorkloads();
  const edit = useLink(addressOf('protection', ['policies', policy.id]));
  const start = useAction(() =>
    api.call('startPolicyRun', { params: { id: policy.id } }, { idempotencyKey: crypto.randomUUID() }),
  );
  const run = async (): Promise<void> => {
    const started = await start.run();
    if (started !== undefined) navigate(addressOf('activity', ['run', started.id]));
  };
  const names = policy.scope.workloads.map((workload) => workloads.label(workload));
  return (
    <Card className={styles.card} role="group" aria-label={policy.name}>
      <div className={styles.head}>
        <Subtitle2 as="h2" className={styles.name}>
          {policy.name}
        </Subtitle2>
        <Badge appearance="tint" color={policy.enabled ? 'success' : 'informative'}>
          {text(policy.enabled ? 'policy.on' : 'policy.off')}
        </Badge>
      </div>
      {start.problem !== undefined && <Trouble problem={start.problem} onRetry={() => void run()} />}
      <Facts
        facts={[
          [text('policy.scope'), scopeWords(text, policy.scope)],
          [text('policy.workloads'), new Intl.ListFormat(text.locale).format(names)],
          [text('policy.schedule'), scheduleWords(text, policy.schedule)],
          [text('policy.retention'), retentionWords(text, policy.retention)],
          [
            text('policy.resources'),
            policy.resources === undefined ? undefined : text('policy.applies', { count: policy.resources }),
          ],
          [text('policy.lastRun'), policy.lastRunAt === undefined ? undefined : <Moment iso={policy.lastRunAt} />],
          [
            text('policy.nextRun'),
            policy.enabled && policy.nextRunAt !== undefined ? (
              <Moment iso={policy.nextRunAt} form="both" />
            ) : undefined,
          ],
        ]}
      />
      {policy.troubles?.map((trouble) => (
        <MessageBar key={trouble} intent="warning" layout="multiline">
          <MessageBarBody>{trouble}</MessageBarBody>
        </MessageBar>
      ))}
      {policy.heldRetention !== undefined && (
        <HeldRetention policy={policy} held={policy.heldRetention} change={change} onChanged={onChanged} />
      )}
      <div className={styles.head}>
        <Button
          as="a"
          {...edit}
          aria-label={text(me.can.changePolicies ? 'policy.editOf' : 'policy.showOf', { name: policy.name })}
        >
          {text(me.can.changePolicies ? 'policy.edit' : 'policy.show')}
        </Button>
        {me.can.startRuns && (
          <ActionButton
            appearance="subtle"
            icon={<DatabaseArrowUpRegular />}
            busy={start.busy}
            hindrance={policy.enabled ? undefined : text('policy.offHint')}
            onClick={() => void run()}
          >
            {text('resource.backUp')}
          </ActionButton>
        )}
      </div>
    </Card>
  );
}
