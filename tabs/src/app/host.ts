import { app, pages } from '@microsoft/teams-js';
import { addressOf, pageNames } from './routing.ts';
import type { PageName, Place } from './routing.ts';

export type ThemeName = 'default' | 'dark' | 'contrast';

/** Where the console runs: inside Teams (or Outlook, Microsoft 365), or as a page of its own. */
export type Host =
  | { readonly kind: 'web'; readonly locale: string; readonly theme: ThemeName }
  | {
      readonly kind: 'teams';
      readonly locale: string;
      readonly theme: ThemeName;
      readonly page: PageName | undefined;
      readonly subPage: string | undefined;
      readonly loginHint: string | undefined;
    };

const patience = 5_000;

/**
 * Asks the frame around the page who it is. A page of its own, or one in a frame that does not speak TeamsJS within five
 * seconds, is a plain web console.
 */
export async function findHost(): Promise<Host> {
  const web: Host = { kind: 'web', locale: navigator.language, theme: systemTheme() };
  if (window.parent === window) return web;
  try {
    await within(app.initialize(), patience);
    const context = await within(app.getContext(), patience);
    void app.notifySuccess();
    return {
      kind: 'teams',
      locale: context.app.locale,
      theme: themeOf(context.app.theme),
      page: pageNames.find((name) => name === context.page.id),
      subPage: context.page.subPageId === '' ? undefined : context.page.subPageId,
      loginHint: context.user?.loginHint,
    };
  } catch (error) {
    console.info('No Teams host answered; running as a page of its own.', error);
    return web;
  }
}

/** Tells about every change of theme; answers what stops it. */
export function onTheme(host: Host, tell: (theme: ThemeName) => void): () => void {
  if (host.kind === 'teams') {
    app.registerOnThemeChangeHandler((name) => tell(themeOf(name)));
    return () => app.registerOnThemeChangeHandler(() => undefined);
  }
  const queries = [matchMedia('(prefers-color-scheme: dark)'), matchMedia('(forced-colors: active)')];
  const changed = (): void => tell(systemTheme());
  for (const query of queries) query.addEventListener('change', changed);
  return () => {
    for (const query of queries) query.removeEventListener('change', changed);
  };
}

/** Asks Teams to open another tab of this app; false where the host cannot. */
export function openInHost({ page, rest }: Place): boolean {
  if (!pages.isSupported() || !pages.currentApp.isSupported()) return false;
  void pages.currentApp.navigateTo({ pageId: page, ...(rest.length === 0 ? {} : { subPageId: rest.join('/') }) });
  return true;
}

/** A link that opens this place in Teams for somebody else; outside Teams the address itself. */
export async function shareLink(host: Host, page: PageName, rest: readonly string[]): Promise<string> {
  const address = new URL(addressOf(page, rest), location.origin).href;
  if (host.kind === 'web' || !pages.isSupported()) return address;
  const { app: application } = await app.getContext();
  const context = encodeURIComponent(JSON.stringify({ subEntityId: rest.join('/') }));
  return `https://teams.microsoft.com/l/entity/${application.appId?.toString() ?? ''}/${page}?webUrl=${encodeURIComponent(address)}&context=${context}`;
}

const systemTheme = (): ThemeName =>
  matchMedia('(forced-colors: active)').matches
    ? 'contrast'
    : matchMedia('(prefers-color-scheme: dark)').matches
      ? 'dark'
      : 'default';

/** Teams knows more themes than three; what is not known counts by how dark it is said to be. */
const themeOf = (name: string): ThemeName =>
  name === 'contrast' ? 'contrast' : /dark|black|night/i.test(name) ? 'dark' : 'default';

async function within<T>(work: Promise<T>, ms: number): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`No answer within ${ms} ms`)), ms);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
