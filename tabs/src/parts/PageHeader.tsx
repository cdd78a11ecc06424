import {
  Breadcrumb,
  BreadcrumbButton,
  BreadcrumbDivider,
  BreadcrumbItem,
  Button,
  Caption1,
  Title2,
  makeStyles,
  tokens,
} from '@fluentui/react-components';
import { ArrowClockwiseRegular } from '@fluentui/react-icons';
import { Fragment, useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { useLink } from '../app/routing.ts';
import { useTexts } from '../app/texts.tsx';
import type { Loaded } from '../client/useRoute.ts';

const useStyles = makeStyles({
  head: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'flex-end',
    gap: tokens.spacingHorizontalM,
    marginBottom: tokens.spacingVerticalL,
  },
  words: { flexGrow: 1, minWidth: 0 },
  crumbs: { marginInlineStart: `calc(-1 * ${tokens.spacingHorizontalS})` },
  title: { overflowWrap: 'anywhere' },
  fresh: {
    display: 'flex',
    alignItems: 'center',
    gap: tokens.spacingHorizontalXS,
    marginTop: tokens.spacingVerticalXXS,
    color: tokens.colorNeutralForeground3,
  },
  stale: { color: tokens.colorPaletteDarkOrangeForeground1 },
  actions: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalS },
});

export interface Crumb {
  readonly name: string;
  readonly address: string;
}

/** The page's name, the way back up, how fresh it is, and its actions. */
export function PageHeader({
  title,
  crumbs = [],
  fresh,
  children,
}: {
  title: string;
  crumbs?: readonly Crumb[];
  fresh?: Loaded<unknown>;
  children?: ReactNode;
}) {
  const styles = useStyles();
  const text = useTexts();
  return (
    <header className={styles.head}>
      <div className={styles.words}>
        {crumbs.length > 0 && (
          <Breadcrumb className={styles.crumbs} aria-label={text('header.crumbs')}>
            {crumbs.map((crumb, at) => (
              <Fragment key={crumb.address}>
                {at > 0 && <BreadcrumbDivider />}
                <CrumbItem crumb={crumb} />
              </Fragment>
            ))}
          </Breadcrumb>
        )}
        <Title2 as="h1" tabIndex={-1} className={styles.title}>
          {title}
        </Title2>
        {fresh !== undefined && <Freshness of={fresh} />}
      </div>
      {children !== undefined && <div className={styles.actions}>{children}</div>}
    </header>
  );
}

function CrumbItem({ crumb }: { crumb: Crumb }) {
  const link = useLink(crumb.address);
  return (
    <BreadcrumbItem>
      <BreadcrumbButton as="a" {...link}>
        {crumb.name}
      </BreadcrumbButton>
    </BreadcrumbItem>
  );
}

const staleAfter = 15 * 60_000;

/** `Updated 10:42 · Refresh`; says when what is shown is older than 15 minutes. */
export function Freshness({ of }: { of: Loaded<unknown> }) {
  const styles = useStyles();
  const text = useTexts();
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  const at = of.state === 'loading' ? undefined : of.at;
  const refresh = of.state === 'ready' ? of.refresh : of.state === 'failed' ? of.retry : undefined;
  if (at === undefined || refresh === undefined) return null;
  const stale = now - at > staleAfter;
  const time = text.time(new Date(at).toISOString());
  return (
    <div className={styles.fresh}>
      <Caption1 className={stale ? styles.stale : undefined}>
        {text(stale ? 'fresh.stale' : 'fresh.updated', { time })}
      </Caption1>
      <Button appearance="transparent" size="small" icon={<ArrowClockwiseRegular />} onClick={refresh}>
        {text('fresh.refresh')}
      </Button>
    </div>
  );
}
