import type { ReactNode } from 'react';
import type { Settings, SettingsName } from '../../../../../contract/settings.ts';
import { useMe } from '../../../app/person.ts';
import { useTexts } from '../../../app/texts.tsx';
import { useApi } from '../../../client/apiContext.ts';
import { useAction } from '../../../client/useAction.ts';
import { saveSettings } from '../../../client/useSettings.ts';
import type { ReadSettings } from '../../../client/useSettings.ts';
import { ActionButton } from '../../../parts/ActionButton.tsx';
import { useAnnounce } from '../../../parts/announcer.tsx';
import { Trouble } from '../../../parts/Trouble.tsx';
import { useManageStyles } from './manageStyles.ts';

/** Fields of one group of settings with the button that saves them; those who may not change them can read them. */
export function SettingsForm<Name extends SettingsName>({
  name,
  read,
  change,
  saved,
  onSaved,
  children,
}: {
  name: Name;
  read: ReadSettings<Name>;
  /** Called at the press; undefined while something is wrong, which the fields say. */
  change: () => Partial<Settings[Name]> | undefined;
  /** What is told once it is saved. */
  saved: string;
  onSaved: () => void;
  children: ReactNode;
}) {
  const styles = useManageStyles();
  const text = useTexts();
  const me = useMe();
  const api = useApi();
  const announce = useAnnounce();
  const save = useAction((wish: Partial<Settings[Name]>) => saveSettings(api, name, read, wish));
  const act = async (): Promise<void> => {
    const wish = change();
    if (wish === undefined || (await save.run(wish)) === undefined) return;
    announce(saved);
    onSaved();
  };
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (me.can.changeSettings) void act();
      }}
    >
      <fieldset className={styles.fieldset} disabled={!me.can.changeSettings}>
        {children}
      </fieldset>
      {save.problem !== undefined && <Trouble problem={save.problem} />}
      {me.can.changeSettings && (
        <ActionButton busy={save.busy} onClick={() => void act()}>
          {text('policy.save')}
        </ActionButton>
      )}
    </form>
  );
}
