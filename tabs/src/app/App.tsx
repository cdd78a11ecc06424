import {
  FluentProvider,
  teamsDarkTheme,
  teamsHighContrastTheme,
  teamsLightTheme,
  webDarkTheme,
  webLightTheme,
} from '@fluentui/react-components';
import type { Theme } from '@fluentui/react-components';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { ApiProblem, apiClient } from '../../../contract/client.ts';
import type { Problem } from '../../../contract/problem.ts';
import type { Me } from '../../../contract/roles.ts';
import { ApiContext } from '../client/apiContext.ts';
import type { Api } from '../client/apiContext.ts';
import { problemOf } from '../client/problemOf.ts';
import { Welcome } from '../pages/Welcome.tsx';
import { AnnouncerProvider } from '../parts/announcer.tsx';
import { WorkloadsProvider } from '../parts/workloads.tsx';
import { onTheme } from './host.ts';
import type { Host, ThemeName } from './host.ts';
import { HostContext, MeContext } from './person.ts';
import { startSession } from './session.ts';
import type { Session } from './session.ts';
import { Shell } from './Shell.tsx';
import { TextsProvider } from './texts.tsx';
import type { Texts } from './texts.tsx';

const themes: Readonly<Record<Host['kind'], Readonly<Record<ThemeName, Theme>>>> = {
  teams: { default: teamsLightTheme, dark: teamsDarkTheme, contrast: teamsHighContrastTheme },
  web: { default: webLightTheme, dark: webDarkTheme, contrast: teamsHighContrastTheme },
};

type Standing =
  | { readonly kind: 'starting' }
  | { readonly kind: 'signedOut'; readonly session: Session; readonly problem?: Problem }
  | { readonly kind: 'signedIn'; readonly session: Session; readonly me: Me; readonly lost: boolean }
  | { readonly kind: 'failed'; readonly problem: Problem };

/** Finds out who is there, then shows the console; the page stays as it is when a sign-in runs out. */
export function App({ host, texts }: { host: Host; texts: Texts }) {
  const [theme, setTheme] = useState<ThemeName>(host.theme);
  const [standing, setStanding] = useState<Standing>({ kind: 'starting' });
  useEffect(() => onTheme(host, setTheme), [host]);
  useEffect(() => {
    // What browsers draw themselves, as date fields and scroll bars, follows the theme too.
    document.documentElement.dataset['theme'] = theme;
    document.documentElement.style.colorScheme = theme === 'default' ? 'light' : 'dark';
  }, [theme]);

  const starting = useRef<Promise<Session>>(undefined);
  const start = useCallback(async () => {
    setStanding({ kind: 'starting' });
    try {
      // One session for however many draws: the answer of the sign-in page can be used once only.
      starting.current ??= startSession(host);
      setStanding(await lookUp(await starting.current));
    } catch (error) {
      starting.current = undefined;
      setStanding({ kind: 'failed', problem: problemOf(error) });
    }
  }, [host]);
  useEffect(() => void start(), [start]);

  const session = standing.kind === 'signedIn' || standing.kind === 'signedOut' ? standing.session : undefined;
  const api = useMemo<Api | undefined>(() => {
    if (session === undefined) return undefined;
    const client = apiClient({ token: (renew) => session.token(renew) });
    const onSignedOut = (): void => setStanding((now) => (now.kind === 'signedIn' ? { ...now, lost: true } : now));
    return { ...client, onSignedOut };
  }, [session]);

  const signIn = useCallback(async () => {
    if (session === undefined) return;
    try {
      if ((await session.signIn()) === 'done') setStanding(await lookUp(session));
    } catch (error) {
      // Whoever closes the sign-in window may open it again; what was on the page stays.
      const problem = problemOf(error);
      setStanding((now) => (now.kind === 'signedIn' ? now : { kind: 'signedOut', session, problem }));
    }
  }, [session]);

  return (
    <FluentProvider
      theme={themes[host.kind][theme]}
      dir={document.documentElement.dir === 'rtl' ? 'rtl' : 'ltr'}
      style={{ minHeight: '100%' }}
    >
      <TextsProvider texts={texts}>
        <AnnouncerProvider>
          {standing.kind === 'signedIn' && api !== undefined ? (
            <ApiContext value={api}>
              <HostContext value={host}>
                <MeContext value={standing.me}>
                  <WorkloadsProvider>
                    <Shell
                      host={host}
                      session={standing.session}
                      signedOut={standing.lost}
                      onSignIn={() => void signIn()}
                    />
                  </WorkloadsProvider>
                </MeContext>
              </HostContext>
            </ApiContext>
          ) : (
            <Welcome
              starting={standing.kind === 'starting'}
              {...('problem' in standing ? { problem: standing.problem } : {})}
              {...(standing.kind === 'failed' ? { onRetry: () => void start() } : {})}
              {...(standing.kind === 'signedOut' ? { onSignIn: () => void signIn() } : {})}
            />
          )}
        </AnnouncerProvider>
      </TextsProvider>
    </FluentProvider>
  );
}

/** Who the session belongs to, as the server sees it. */
async function lookUp(session: Session): Promise<Standing> {
  if ((await session.token(false)) === undefined) return { kind: 'signedOut', session };
  try {
    const me = await apiClient({ token: (renew) => session.token(renew) }).call('getMe', {});
    return { kind: 'signedIn', session, me, lost: false };
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 401) return { kind: 'signedOut', session };
    return { kind: 'failed', problem: problemOf(error) };
  }
}
