import { makeStyles, tokens } from '@fluentui/react-components';
import { createContext, use, useMemo } from 'react';
import type { ReactNode } from 'react';
import type { WorkloadDescription } from '../../../contract/service.ts';
import { useRoute, valueOf } from '../client/useRoute.ts';
import { NamedIcon } from './icons.tsx';

/** Labels and icons as the workloads themselves give them; no page asks which workload it has. */
export interface Workloads {
  readonly all: readonly WorkloadDescription[];
  readonly label: (workload: string) => string;
  readonly icon: (workload: string) => string | undefined;
  readonly kindLabel: (kind: string) => string;
  readonly kindIcon: (kind: string) => string | undefined;
}

const describing = (all: readonly WorkloadDescription[]): Workloads => {
  const byName = new Map(all.map((each) => [each.workload, each]));
  const kinds = new Map(all.flatMap((each) => each.itemKinds.map((kind) => [kind.kind, kind] as const)));
  return {
    all,
    label: (workload) => byName.get(workload)?.label ?? workload,
    icon: (workload) => byName.get(workload)?.icon,
    kindLabel: (kind) => kinds.get(kind)?.label ?? kind,
    kindIcon: (kind) => kinds.get(kind)?.icon,
  };
};

const WorkloadsContext = createContext<Workloads>(describing([]));

export function WorkloadsProvider({ children }: { children: ReactNode }) {
  const read = useRoute('listWorkloads', {});
  const all = valueOf(read)?.value;
  return <WorkloadsContext value={useMemo(() => describing(all ?? []), [all])}>{children}</WorkloadsContext>;
}

export const useWorkloads = (): Workloads => use(WorkloadsContext);

const useStyles = makeStyles({
  word: {
    display: 'inline-flex',
    alignItems: 'center',
    gap: tokens.spacingHorizontalXS,
    minWidth: 0,
    verticalAlign: 'top',
  },
  icon: { display: 'inline-flex', fontSize: '20px', color: tokens.colorBrandForeground1, flexShrink: 0 },
});

/** A workload as icon and word. */
export function WorkloadWord({ workload }: { workload: string }) {
  const styles = useStyles();
  const workloads = useWorkloads();
  return (
    <span className={styles.word}>
      <span className={styles.icon}>
        <NamedIcon name={workloads.icon(workload)} />
      </span>
      {workloads.label(workload)}
    </span>
  );
}
