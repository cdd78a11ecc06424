import { Button, MessageBar, MessageBarActions, MessageBarBody, makeStyles, tokens } from '@fluentui/react-components';
import { Suspense, lazy, useEffect, useRef } from 'react';
import { useOnline } from '../parts/ActionButton.tsx';
import { Waiting } from '../parts/Moods.tsx';
import { PersonNamesProvider } from '../parts/personNames.tsx';
import { ResourceNamesProvider } from '../parts/resourceNames.tsx';
import type { Host } from './host.ts';
import { PageBar } from './PageBar.tsx';
import { PageBoundary } from './PageBoundary.tsx';
import { usePlace } from './routing.ts';
import type { Session } from './session.ts';
import { useTexts } from './texts.tsx';

const pages = {
  overview: lazy(() => import('../pages/overview/OverviewPage.tsx')),
  protection: lazy(() => import('../pages/protection/ProtectionPage.tsx')),
  restore: lazy(() => import('../pages/restore/RestorePage.tsx')),
  activity: lazy(() => import('../pages/activity/ActivityPage.tsx')),
  manage: lazy(() => import('../pages/manage/ManagePage.tsx')),
} as const;
const NoPage = lazy(async () => ({ default: (await import('../pages/NoPage.tsx')).NoPage }));

const useStyles = makeStyles({
  page: {
    minHeight: '100vh',
    display: 'flex',
    flexDirection: 'column',
    backgroundColor: tokens.colorNeutralBackground2,
    color: tokens.colorNeutralForeground1,
  },
  skip: {
    position: 'absolute',
    insetInlineStart: tokens.spacingHorizontalM,
    top: '-100px',
    zIndex: 10,
    padding: tokens.spacingHorizontalM,
    borderRadius: tokens.borderRadiusMedium,
    color: tokens.colorBrandForegroundLink,
    backgroundColor: tokens.colorNeutralBackground1,
    boxShadow: tokens.shadow8,
    ':focus': { top: tokens.spacingVerticalS },
  },
  main: {
    flexGrow: 1,
    width: '100%',
    maxWidth: '1440px',
    boxSizing: 'border-box',
    marginInline: 'auto',
    paddingBlock: tokens.spacingVerticalXL,
    paddingInline: 'clamp(12px, 3vw, 32px)',
  },
  notice: { marginBottom: tokens.spacingVerticalM },
});

/** What stands around every page: the way between pages outside Teams, notices, and the main region. */
export function Shell({
  host,
  session,
  signedOut,
  onSignIn,
}: {
  host: Host;
  session: Session;
  signedOut: boolean;
  onSignIn: () => void;
}) {
  const styles = useStyles();
  const text = useTexts();
  const { page, known, rest } = usePlace();
  const main = useRef<HTMLElement>(null);
  const online = useOnline();
  // What stands further behind is a place inside the same view: going there leaves the focus where it is.
  const where = [known ? page : '', ...rest.slice(0, 2)].join('/');

  useEffect(() => {
    document.title = text('shell.title', { page: text(known ? `page.${page}` : 'missing.page') });
  }, [page, known, text]);
  useEffect(() => focusHeading(main.current), [where]);
  useEffect(() => {
    addEventListener('keydown', focusSearch);
    return () => removeEventListener('keydown', focusSearch);
  }, []);

  const Page = pages[page];
  return (
    <div className={styles.page}>
      <a
        className={styles.skip}
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        {text('shell.skip')}
      </a>
      {host.kind === 'web' && <PageBar session={session} page={known ? page : undefined} />}
      <main id="main" className={styles.main} ref={main} tabIndex={-1}>
        {!online && (
          <MessageBar intent="warning" className={styles.notice}>
            <MessageBarBody>{text('shell.offline')}</MessageBarBody>
          </MessageBar>
        )}
        {signedOut && (
          <MessageBar intent="warning" className={styles.notice}>
            <MessageBarBody>{text('shell.signedOut')}</MessageBarBody>
            <MessageBarActions>
              <Button size="small" onClick={onSignIn}>
                {text('shell.signInAgain')}
              </Button>
            </MessageBarActions>
          </MessageBar>
        )}
        <PersonNamesProvider>
          <ResourceNamesProvider>
            <PageBoundary key={known ? page : ''}>
              <Suspense fallback={<Waiting />}>{known ? <Page /> : <NoPage />}</Suspense>
            </PageBoundary>
          </ResourceNamesProvider>
        </PersonNamesProvider>
      </main>
    </div>
  );
}

/** The heading of the new page is where readers go on; it may come a moment later than the route. */
function focusHeading(region: HTMLElement | null): (() => void) | undefined {
  if (region === null) return undefined;
  const focus = (): boolean => {
    const heading = region.querySelector<HTMLElement>('h1');
    heading?.focus({ preventScroll: true });
    // While the new page is on its way the old one is still there, hidden, and takes no focus.
    return heading !== null && document.activeElement === heading;
  };
  window.scrollTo(0, 0);
  if (focus()) return undefined;
  const watch = new MutationObserver(() => {
    if (focus()) watch.disconnect();
  });
  watch.observe(region, { childList: true, subtree: true });
  return () => watch.disconnect();
}

/** `/` goes to the search box of the page, unless somebody is typing. */
function focusSearch(event: KeyboardEvent): void {
  const typing =
    event.target instanceof HTMLElement && event.target.closest('input, textarea, select, [contenteditable]') !== null;
  if (event.key !== '/' || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const search = document.querySelector<HTMLElement>('main input[type="search"]');
  if (search === null) return;
  event.preventDefault();
  search.focus();
}
