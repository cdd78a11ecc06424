import {
  Button,
  Menu,
  MenuItem,
  MenuList,
  MenuPopover,
  MenuTrigger,
  Persona,
  Subtitle2,
  Tab,
  TabList,
  makeStyles,
  tokens,
} from '@fluentui/react-components';
import {
  ClipboardTaskRegular,
  HistoryRegular,
  HomeRegular,
  SettingsRegular,
  ShieldCheckmarkRegular,
  SignOutRegular,
} from '@fluentui/react-icons';
import { useMe } from './person.ts';
import { addressOf, navigate, pageNames } from './routing.ts';
import type { PageName } from './routing.ts';
import type { Session } from './session.ts';
import { useTexts } from './texts.tsx';

const icons = {
  overview: <HomeRegular />,
  protection: <ShieldCheckmarkRegular />,
  restore: <HistoryRegular />,
  activity: <ClipboardTaskRegular />,
  manage: <SettingsRegular />,
} as const;

const useStyles = makeStyles({
  bar: {
    display: 'flex',
    alignItems: 'center',
    columnGap: 'clamp(4px, 1.5vw, 16px)',
    paddingInline: 'clamp(12px, 3vw, 32px)',
    backgroundColor: tokens.colorNeutralBackground1,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  brand: { display: 'flex', alignItems: 'center', gap: tokens.spacingHorizontalS },
  name: { '@media (max-width: 899px)': { display: 'none' } },
  tabs: { flexGrow: 1, minWidth: 0, flexWrap: 'wrap' },
  tab: { '@media (max-width: 899px)': { paddingInline: '6px' } },
  account: { '@media (max-width: 899px)': { minWidth: 0, paddingInline: '4px' } },
  label: { '@media (max-width: 699px)': { display: 'none' } },
  who: { '@media (max-width: 899px)': { '& .fui-Persona__primaryText': { display: 'none' } } },
});

/** Outside Teams the console brings its own way between pages; inside, Teams draws the tabs. */
export function PageBar({ session, page }: { session: Session; page: PageName | undefined }) {
  const styles = useStyles();
  const text = useTexts();
  const me = useMe();
  const name = me.name ?? text('person.me');
  // Members have nothing to look after.
  const shown = pageNames.filter((each) => each !== 'manage' || me.can.seeTenant);
  return (
    <nav className={styles.bar} aria-label={text('shell.pages')}>
      <div className={styles.brand}>
        <img src="/icon.svg" alt="" width={24} height={24} />
        <Subtitle2 className={styles.name}>{text('app.name')}</Subtitle2>
      </div>
      <TabList
        className={styles.tabs}
        selectedValue={page ?? null}
        onTabSelect={(_, { value }) => navigate(addressOf(value as PageName))}
      >
        {shown.map((each) => (
          <Tab key={each} className={styles.tab} value={each} icon={icons[each]} aria-label={text(`page.${each}`)}>
            <span className={styles.label}>{text(`page.${each}`)}</span>
          </Tab>
        ))}
      </TabList>
      {session.signOut !== undefined && (
        <Menu>
          <MenuTrigger disableButtonEnhancement>
            <Button className={styles.account} appearance="subtle" aria-label={text('shell.account', { name })}>
              <Persona className={styles.who} name={name} size="extra-small" aria-hidden />
            </Button>
          </MenuTrigger>
          <MenuPopover>
            <MenuList>
              <MenuItem icon={<SignOutRegular />} onClick={() => session.signOut?.()}>
                {text('shell.signOut')}
              </MenuItem>
            </MenuList>
          </MenuPopover>
        </Menu>
      )}
    </nav>
  );
}
