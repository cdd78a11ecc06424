import { Breadcrumb, BreadcrumbButton, BreadcrumbDivider, BreadcrumbItem } from '@fluentui/react-components';
import { Fragment } from 'react';
import type { Item } from '../../../../../contract/resources.ts';
import { useTexts } from '../../../app/texts.tsx';
import { useApi } from '../../../client/apiContext.ts';
import { useReading, valueOf } from '../../../client/useRoute.ts';

/** Folders from the outermost to the one that is open. */
export function FolderPath({
  resourceId,
  at,
  folder,
  rootName,
  onOpen,
}: {
  resourceId: string;
  at: string;
  folder: string | undefined;
  rootName: string;
  onOpen: (folder: string | undefined) => void;
}) {
  const text = useTexts();
  const api = useApi();
  const path = useReading(folder === undefined ? undefined : `path ${resourceId} ${at} ${folder}`, async (signal) => {
    const parents: Item[] = [];
    for (let id = folder; id !== undefined;) {
      const item = await api.call('getItem', { params: { id: resourceId, itemId: id }, query: { at } }, { signal });
      parents.unshift(item);
      id = item.parentId;
    }
    return parents;
  });
  const folders = folder === undefined ? [] : (valueOf(path) ?? []);
  return (
    <Breadcrumb aria-label={text('browse.path')}>
      <BreadcrumbItem>
        <BreadcrumbButton current={folder === undefined} onClick={() => onOpen(undefined)}>
          {rootName}
        </BreadcrumbButton>
      </BreadcrumbItem>
      {folders.map(({ id, name }) => (
        <Fragment key={id}>
          <BreadcrumbDivider />
          <BreadcrumbItem>
            <BreadcrumbButton current={id === folder} onClick={() => onOpen(id)}>
              <bdi>{name}</bdi>
            </BreadcrumbButton>
          </BreadcrumbItem>
        </Fragment>
      ))}
    </Breadcrumb>
  );
}
