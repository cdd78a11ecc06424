import { Button, Menu, MenuItem, MenuList, MenuPopover, MenuTrigger } from '@fluentui/react-components';
import {
  DatabaseArrowUpRegular,
  FolderOpenRegular,
  LockClosedRegular,
  MoreHorizontalRegular,
  ProhibitedRegular,
} from '@fluentui/react-icons';
import { useState } from 'react';
import type { Policy } from '../../../../contract/policies.ts';
import type { Resource } from '../../../../contract/resources.ts';
import { useMe } from '../../app/person.ts';
import { addressOf, navigate, useLink } from '../../app/routing.ts';
import { useTexts } from '../../app/texts.tsx';
import { ActionButton, useOnline } from '../../parts/ActionButton.tsx';
import { SetHoldDialog } from '../../parts/holds/HoldDialogs.tsx';
import { useWorkloads } from '../../parts/workloads.tsx';
import { ExcludeDialog } from './ExcludeDialog.tsx';
import { StartDialog } from './StartDialog.tsx';

/**
 * What can be done with one resource; what a person may not do is not offered, and the server decides anyway. `atLength`:
 * what people come for stands beside the menu instead of in it.
 */
export function ResourceActions({
  resource,
  policy,
  onChanged,
  atLength = false,
}: {
  resource: Resource;
  policy: Policy | undefined;
  onChanged: () => void;
  atLength?: boolean;
}) {
  const text = useTexts();
  const me = useMe();
  const online = useOnline();
  const workloads = useWorkloads();
  const [dialog, setDialog] = useState<'none' | 'start' | 'exclude' | 'hold'>('none');
  const close = (): void => setDialog('none');
  const name = text('resource.full', { name: resource.name, workload: workloads.label(resource.workload) });
  const mayExclude = me.can.changePolicies && policy !== undefined && resource.ownerId !== undefined;
  return (
    <>
      {atLength && resource.lastPointAt !== undefined && <BrowseButton resource={resource} />}
      {atLength && me.can.startRuns && policy !== undefined && (
        <ActionButton icon={<DatabaseArrowUpRegular />} onClick={() => setDialog('start')}>
          {text('resource.backUp')}
        </ActionButton>
      )}
      {(!atLength || mayExclude || me.can.changePolicies) && (
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
              {!atLength && (
                <MenuItem
                  icon={<FolderOpenRegular />}
                  disabled={resource.lastPointAt === undefined}
                  onClick={() => navigate(addressOf('restore', ['browse', resource.id]))}
                >
                  {text('resource.browse')}
                </MenuItem>
              )}
              {!atLength && me.can.startRuns && (
                <MenuItem
                  icon={<DatabaseArrowUpRegular />}
                  disabled={!online || policy === undefined}
                  onClick={() => setDialog('start')}
                >
                  {text('resource.backUp')}
                </MenuItem>
              )}
              {mayExclude && (
                <MenuItem icon={<ProhibitedRegular />} disabled={!online} onClick={() => setDialog('exclude')}>
                  {text('resource.exclude')}
                </MenuItem>
              )}
              {me.can.changePolicies && (
                <MenuItem icon={<LockClosedRegular />} disabled={!online} onClick={() => setDialog('hold')}>
                  {text('hold.ask')}
                </MenuItem>
              )}
            </MenuList>
          </MenuPopover>
        </Menu>
      )}
      {dialog === 'start' && <StartDialog resource={resource} name={name} onClose={close} />}
      {dialog === 'hold' && <SetHoldDialog resource={resource} onClose={close} onDone={onChanged} />}
      {dialog === 'exclude' && policy !== undefined && (
        <ExcludeDialog resource={resource} policyId={policy.id} onClose={close} onDone={onChanged} />
      )}
    </>
  );
}

function BrowseButton({ resource }: { resource: Resource }) {
  const text = useTexts();
  const link = useLink(addressOf('restore', ['browse', resource.id]));
  return (
    <Button as="a" appearance="primary" icon={<FolderOpenRegular />} {...link}>
      {text('resource.browse')}
    </Button>
  );
}
