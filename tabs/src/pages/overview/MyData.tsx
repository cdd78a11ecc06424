import { Body1, Button, Caption1, Card, Subtitle2, makeStyles, tokens } from '@fluentui/react-components';
import { SearchRegular } from '@fluentui/react-icons';
import type { Resource } from '../../../../contract/resources.ts';
import { useMe } from '../../app/person.ts';
import { addressOf, useLink } from '../../app/routing.ts';
import { useTexts } from '../../app/texts.tsx';
import { useRoute, valueOf } from '../../client/useRoute.ts';
import { EmptyState } from '../../parts/EmptyState.tsx';
import { LastCopy } from '../../parts/LastCopy.tsx';
import { Moods } from '../../parts/Moods.tsx';
import { PageHeader } from '../../parts/PageHeader.tsx';
import { standingOf } from '../../parts/standing.ts';
import { StateWord } from '../../parts/StateWord.tsx';
import { WorkloadWord } from '../../parts/workloads.tsx';
import { RecentActivity } from './RecentActivity.tsx';

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalL },
  cards: {
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fill, minmax(min(100%, 280px), 1fr))',
    gap: tokens.spacingHorizontalM,
  },
  card: { padding: tokens.spacingHorizontalL, gap: tokens.spacingVerticalS },
  head: { display: 'flex', justifyContent: 'space-between', alignItems: 'center', flexWrap: 'wrap' },
  note: { color: tokens.colorNeutralForeground3 },
});

/** What Holdfast keeps of the person who looks, and the way to find something in it. */
export function MyData() {
  const styles = useStyles();
  const text = useTexts();
  const me = useMe();
  const resources = useRoute('listResources', { query: { pageSize: 200 } });
  const restores = useRoute('listRestores', { query: { pageSize: 10 } });
  const find = useLink(addressOf('restore'));
  return (
    <>
      <PageHeader title={text('mine.title')} fresh={resources}>
        {me.can.useOwnData && (
          <Button as="a" appearance="primary" icon={<SearchRegular />} {...find}>
            {text('mine.find')}
          </Button>
        )}
      </PageHeader>
      <Moods of={resources}>
        {({ value }) => (
          <div className={styles.stack}>
            {value.length === 0 ? (
              <EmptyState
                title={text('mine.none')}
                words={text(me.can.useOwnData ? 'mine.noneWords' : 'mine.selfServiceOff')}
              />
            ) : (
              <div className={styles.cards}>
                {value.map((resource) => (
                  <MyResource key={resource.id} resource={resource} />
                ))}
              </div>
            )}
            <RecentActivity runs={[]} restores={valueOf(restores)?.value ?? []} />
          </div>
        )}
      </Moods>
    </>
  );
}

function MyResource({ resource }: { resource: Resource }) {
  const styles = useStyles();
  const text = useTexts();
  const browse = useLink(addressOf('restore', ['browse', resource.id]));
  return (
    <Card className={styles.card}>
      <div className={styles.head}>
        <Subtitle2 as="h2">
          <WorkloadWord workload={resource.workload} />
        </Subtitle2>
        <StateWord state={standingOf(resource)} />
      </div>
      <Body1>
        {text('mine.copy')} <LastCopy resource={resource} form="both" />
      </Body1>
      <Caption1 className={styles.note}>
        {text('mine.holds', { count: resource.counts.items, size: text.bytes(resource.bytes) })}
      </Caption1>
      {resource.lastPointAt !== undefined && (
        <Button as="a" {...browse}>
          {text('resource.browse')}
        </Button>
      )}
    </Card>
  );
}
