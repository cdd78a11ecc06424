import { Button, Menu, MenuItem, MenuList, MenuPopover, MenuTrigger } from '@fluentui/react-components';
import {
  DatabaseArrowUpRegular,
  FolderOpenRegular,
  MoreHorizontalRegular,
  ProhibitedRegular,
} from '@fluentui/react-icons';
import { useState } from 'react';
import type { Policy } from '../../../../contract/policies.ts';
import type { Resource } from '../../../../contract/resources.ts';
import { useMe } from '../../app/person.ts';
import { addressOf, navigate } from '../../app/routing.ts';
import { useTexts } from '../../app/texts.tsx';
import { useOnline } from '../../parts/ActionButton.tsx';
import { useWorkloads } from '../../parts/workloads.tsx';
import { ExcludeDialog } from './ExcludeDialog.tsx';
import { StartDialog } from './StartDialog.tsx';

/** What can be done with one resource; what a person may not do is not offered, and the server decides anyway. */
export function ResourceActions({
  resource,
  policy,
  onChanged,
}: {
  resource: Resource;
  policy: Policy | undefined;
  onChanged: () => void;
}) {
  const text = useTexts();
  const me = useMe();
  const online = useOnline();
  const workloads = useWorkloads();
  const [dialog, setDialog] = useState<'none' | 'start' | 'exclude'>('none');
  const close = (): void => setDialog('none');
  const name = text('resource.full', { name: resource.name, workload: workloads.label(resource.workload) });
  return (
    <>
      <Menu>
        <MenuTrigger disableButtonEnhancement>
          <Button
            appearance="subtle"
            icon={<MoreHorizontalRegular />}
            aria-label={text('resource.actions', { name })}
          />
        </MenuTrigger>
        <MenuPopover>
          <MenuList>
            <MenuItem
              icon={<FolderOpenRegular />}
              disabled={resource.lastPointAt === undefined}
              onClick={() => navigate(addressOf('restore', ['browse', resource.id]))}
            >
              {text('resource.browse')}
            </MenuItem>
            {me.can.startRuns && (
              <MenuItem
                icon={<DatabaseArrowUpRegular />}
                disabled={!online || policy === undefined}
                onClick={() => setDialog('start')}
              >
                {text('resource.backUp')}
              </MenuItem>
            )}
            {me.can.changePolicies && policy !== undefined && resource.ownerId !== undefined && (
              <MenuItem icon={<ProhibitedRegular />} disabled={!online} onClick={() => setDialog('exclude')}>
                {text('resource.exclude')}
              </MenuItem>
            )}
          </MenuList>
        </MenuPopover>
      </Menu>
      {dialog === 'start' && <StartDialog resource={resource} name={name} onClose={close} />}
      {dialog === 'exclude' && policy !== undefined && (
        <ExcludeDialog resource={resource} policyId={policy.id} onClose={close} onDone={onChanged} />
      )}
    </>
  );
}
