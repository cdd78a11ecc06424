import { Tab, TabList, makeStyles, tokens } from '@fluentui/react-components';
import { navigate } from '../app/routing.ts';

const useStyles = makeStyles({
  bar: {
    flexWrap: 'wrap',
    marginBottom: tokens.spacingVerticalL,
    marginInlineStart: `calc(-1 * ${tokens.spacingHorizontalM})`,
  },
});

export interface SubPage {
  readonly id: string;
  readonly name: string;
  readonly address: string;
}

/** The second level of a page. */
export function SubPages({ name, at, pages }: { name: string; at: string; pages: readonly SubPage[] }) {
  const styles = useStyles();
  return (
    <TabList
      aria-label={name}
      className={styles.bar}
      selectedValue={at}
      onTabSelect={(_, { value }) => {
        const chosen = pages.find(({ id }) => id === value);
        if (chosen !== undefined) navigate(chosen.address);
      }}
    >
      {pages.map(({ id, name: title }) => (
        <Tab key={id} value={id}>
          {title}
        </Tab>
      ))}
    </TabList>
  );
}
