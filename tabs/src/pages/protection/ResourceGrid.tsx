import { Body1Strong, Caption1, Link, makeStyles, tokens } from '@fluentui/react-components';
import { useCallback, useMemo } from 'react';
import type { Policy } from '../../../../contract/policies.ts';
import type { Resource } from '../../../../contract/resources.ts';
import { addressOf, follow, navigate } from '../../app/routing.ts';
import { useTexts } from '../../app/texts.tsx';
import { CareBadges } from '../../parts/CareBadges.tsx';
import { ownerOf } from '../../parts/byOwner.ts';
import { Grid } from '../../parts/grid/Grid.tsx';
import type { Column } from '../../parts/grid/Grid.tsx';
import { LastCopy } from '../../parts/LastCopy.tsx';
import { standingOf } from '../../parts/standing.ts';
import { StateWord } from '../../parts/StateWord.tsx';
import { useWorkloads, WorkloadWord } from '../../parts/workloads.tsx';
import { ResourceActions } from './ResourceActions.tsx';

const useStyles = makeStyles({
  owner: { display: 'flex', flexWrap: 'wrap', alignItems: 'baseline', columnGap: tokens.spacingHorizontalS },
  address: { color: tokens.colorNeutralForeground3, overflowWrap: 'anywhere' },
  reason: { display: 'block', color: tokens.colorNeutralForeground3 },
});

const address = (resource: Resource): string => addressOf('protection', ['resource', resource.id]);
const open = (resource: Resource): void => navigate(address(resource));
/** Without a copy nothing is known about size: that is no nought. */
const hasCopy = ({ lastPointAt }: Resource): boolean => lastPointAt !== undefined;
const keyOf = (resource: Resource): string => resource.id;

/** Resources under the names of their owners. */
export function ResourceGrid({
  rows,
  policies,
  onChanged,
}: {
  rows: readonly Resource[];
  policies: readonly Policy[];
  onChanged: () => void;
}) {
  const styles = useStyles();
  const text = useTexts();
  const workloads = useWorkloads();
  const nameOf = useCallback(
    (resource: Resource) =>
      text('resource.full', { name: resource.name, workload: workloads.label(resource.workload) }),
    [text, workloads],
  );
  const columns = useMemo((): readonly Column<Resource>[] => {
    const policyNames = new Map(policies.map(({ id, name }) => [id, name]));
    return [
      {
        id: 'workload',
        name: text('resource.workload'),
        width: 'minmax(150px, 1.2fr)',
        rank: 1,
        cell: (resource) => (
          <Link
            appearance="subtle"
            href={address(resource)}
            aria-label={nameOf(resource)}
            onClick={(event) => follow(event, address(resource))}
          >
            <WorkloadWord workload={resource.workload} />
          </Link>
        ),
      },
      {
        id: 'state',
        name: text('resource.state'),
        width: 'minmax(170px, 1.6fr)',
        rank: 2,
        cell: (resource) => (
          <>
            <StateWord state={standingOf(resource)} /> <CareBadges resource={resource} />
            {resource.reason !== undefined && <Caption1 className={styles.reason}>{resource.reason}</Caption1>}
          </>
        ),
      },
      {
        id: 'policy',
        name: text('resource.policy'),
        width: 'minmax(110px, 1fr)',
        rank: 3,
        cell: (resource) =>
          resource.policyId === undefined ? text('value.none') : (policyNames.get(resource.policyId) ?? ''),
      },
      {
        id: 'copy',
        name: text('resource.lastCopy'),
        width: 'minmax(110px, 0.8fr)',
        rank: 2,
        labelled: true,
        cell: (resource) => <LastCopy resource={resource} />,
      },
      {
        id: 'items',
        name: text('resource.items'),
        width: 'minmax(70px, 0.5fr)',
        rank: 3,
        align: 'end',
        cell: (resource) => (hasCopy(resource) ? text.number(resource.counts.items) : text('value.none')),
      },
      {
        id: 'size',
        name: text('resource.size'),
        width: 'minmax(80px, 0.5fr)',
        rank: 2,
        align: 'end',
        labelled: true,
        cell: (resource) => (hasCopy(resource) ? text.bytes(resource.bytes) : text('value.none')),
      },
    ];
  }, [nameOf, policies, styles.reason, text]);

  const groupOf = useCallback(
    (resource: Resource) => ({
      key: ownerOf(resource),
      heading: (
        <span className={styles.owner}>
          <Body1Strong>
            <bdi>{resource.name}</bdi>
          </Body1Strong>
          <Caption1 className={styles.address}>{resource.address ?? ''}</Caption1>
        </span>
      ),
    }),
    [styles.owner, styles.address],
  );
  const tools = useCallback(
    (resource: Resource) => (
      <ResourceActions
        resource={resource}
        policy={policies.find(({ id }) => id === resource.policyId)}
        onChanged={onChanged}
      />
    ),
    [policies, onChanged],
  );

  return (
    <Grid
      name={text('protection.resources')}
      columns={columns}
      rows={rows}
      keyOf={keyOf}
      nameOf={nameOf}
      onOpen={open}
      groupOf={groupOf}
      tools={tools}
    />
  );
}
