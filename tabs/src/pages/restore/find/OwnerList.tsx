import { Body1Strong, Button, Caption1, Card, makeStyles, tokens } from '@fluentui/react-components';
import { useMemo } from 'react';
import type { Resource } from '../../../../../contract/resources.ts';
import { useLink } from '../../../app/routing.ts';
import { useTexts } from '../../../app/texts.tsx';
import { usePages } from '../../../client/usePages.ts';
import { byOwner } from '../../../parts/byOwner.ts';
import { EmptyState } from '../../../parts/EmptyState.tsx';
import { MoreRows } from '../../../parts/grid/MoreRows.tsx';
import { NamedIcon } from '../../../parts/icons.tsx';
import { Moods } from '../../../parts/Moods.tsx';
import { Section } from '../../../parts/Section.tsx';
import { useWorkloads } from '../../../parts/workloads.tsx';
import { browseAddress } from '../places.ts';

const useStyles = makeStyles({
  list: {
    listStyle: 'none',
    margin: 0,
    padding: 0,
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fill, minmax(min(100%, 300px), 1fr))',
    gap: tokens.spacingHorizontalM,
  },
  card: { height: '100%', boxSizing: 'border-box', padding: tokens.spacingHorizontalM, gap: tokens.spacingVerticalS },
  who: { display: 'flex', flexDirection: 'column', minWidth: 0, overflowWrap: 'anywhere' },
  address: { color: tokens.colorNeutralForeground3 },
  buttons: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalS },
});

/** Whose backup to look through. */
export function OwnerList({ owner, workload }: { owner: string | undefined; workload: string | undefined }) {
  const styles = useStyles();
  const text = useTexts();
  const pages = usePages(
    'listResources',
    useMemo(
      () => ({
        query: {
          pageSize: 100,
          ...(owner === undefined ? {} : { owner }),
          ...(workload === undefined ? {} : { workload }),
        },
      }),
      [owner, workload],
    ),
  );
  const kept = pages.rows.filter(({ lastPointAt }) => lastPointAt !== undefined);
  const groups = byOwner(kept, text.locale);
  return (
    <Section title={text('find.browse')}>
      <Moods of={pages.first} rows={6}>
        {() =>
          groups.length === 0 ? (
            <EmptyState title={text('find.noBackups')} words={text('find.noBackupsWords')} />
          ) : (
            <>
              <ul className={styles.list}>
                {groups.map((own) => (
                  <li key={own[0]?.id}>
                    <OwnerCard own={own} />
                  </li>
                ))}
              </ul>
              {pages.hasMore && <MoreRows pages={pages} />}
            </>
          )
        }
      </Moods>
    </Section>
  );
}

function OwnerCard({ own }: { own: readonly Resource[] }) {
  const styles = useStyles();
  const [first] = own;
  if (first === undefined) return null;
  return (
    <Card appearance="outline" className={styles.card}>
      <div className={styles.who}>
        <Body1Strong>
          <bdi>{first.name}</bdi>
        </Body1Strong>
        <Caption1 className={styles.address}>{first.address}</Caption1>
      </div>
      <div className={styles.buttons}>
        {own.map((resource) => (
          <BrowseButton key={resource.id} resource={resource} />
        ))}
      </div>
    </Card>
  );
}

function BrowseButton({ resource }: { resource: Resource }) {
  const text = useTexts();
  const workloads = useWorkloads();
  const link = useLink(browseAddress(resource.id));
  const workload = workloads.label(resource.workload);
  return (
    <Button
      as="a"
      size="small"
      icon={<NamedIcon name={workloads.icon(resource.workload)} />}
      aria-label={text('find.browseOf', { name: resource.name, workload })}
      {...link}
    >
      {workload}
    </Button>
  );
}
