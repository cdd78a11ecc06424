import { Spinner, Tree, TreeItem, TreeItemLayout, makeStyles, tokens } from '@fluentui/react-components';
import { useState } from 'react';
import type { Item } from '../../../../../contract/resources.ts';
import { useTexts } from '../../../app/texts.tsx';
import { valueOf } from '../../../client/useRoute.ts';
import { NamedIcon } from '../../../parts/icons.tsx';
import { useWorkloads } from '../../../parts/workloads.tsx';
import { useFolders } from './useFolders.ts';

const useStyles = makeStyles({
  current: { backgroundColor: tokens.colorSubtleBackgroundSelected, fontWeight: tokens.fontWeightSemibold },
  name: { overflowWrap: 'anywhere' },
});

interface TreeProps {
  readonly resourceId: string;
  readonly at: string;
  readonly current: string | undefined;
  readonly onOpen: (folder: string | undefined) => void;
}

/** The folders of a copy; each level is read when it is opened. */
export function FolderTree({ rootName, ...tree }: TreeProps & { rootName: string }) {
  const styles = useStyles();
  const text = useTexts();
  return (
    <Tree aria-label={text('browse.folders')} defaultOpenItems={['root']}>
      <TreeItem
        itemType="branch"
        value="root"
        aria-current={tree.current === undefined ? 'page' : undefined}
        onOpenChange={(_, { type }) => {
          if (type === 'Click' || type === 'Enter') tree.onOpen(undefined);
        }}
      >
        <TreeItemLayout className={tree.current === undefined ? styles.current : undefined}>{rootName}</TreeItemLayout>
        <Level {...tree} parent={undefined} />
      </TreeItem>
    </Tree>
  );
}

function Level({ parent, ...tree }: TreeProps & { parent: string | undefined }) {
  const text = useTexts();
  const read = useFolders(tree.resourceId, tree.at, parent);
  const folders = valueOf(read);
  if (read.state === 'loading')
    return (
      <Tree>
        <TreeItem itemType="leaf">
          <TreeItemLayout iconBefore={<Spinner size="extra-tiny" />}>{text('state.loading')}</TreeItemLayout>
        </TreeItem>
      </Tree>
    );
  if (folders === undefined || folders.length === 0) return null;
  return (
    <Tree>
      {folders.map((folder) => (
        <Branch key={folder.id} {...tree} folder={folder} />
      ))}
    </Tree>
  );
}

function Branch({ folder, ...tree }: TreeProps & { folder: Item }) {
  const styles = useStyles();
  const workloads = useWorkloads();
  const [open, setOpen] = useState(false);
  const isCurrent = tree.current === folder.id;
  return (
    <TreeItem
      itemType="branch"
      value={folder.id}
      open={open}
      aria-current={isCurrent ? 'page' : undefined}
      onOpenChange={(_, data) => {
        if (data.type === 'Click' || data.type === 'Enter') {
          tree.onOpen(folder.id);
          setOpen(true);
        } else setOpen(data.open);
      }}
    >
      <TreeItemLayout
        className={isCurrent ? styles.current : undefined}
        iconBefore={<NamedIcon name={workloads.kindIcon(folder.kind)} />}
      >
        <bdi className={styles.name}>{folder.name}</bdi>
      </TreeItemLayout>
      {open && <Level {...tree} parent={folder.id} />}
    </TreeItem>
  );
}
