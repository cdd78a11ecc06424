/**
 * The part of a Teams window that an app sees: it answers what TeamsJS asks over postMessage and tells about changes of
 * theme. Runs in the browser, from another origin than the console.
 */
interface Asked {
  readonly id: number;
  readonly uuidAsString?: string;
  readonly func: string;
  readonly args?: readonly unknown[];
}

interface Window_ extends Window {
  /** What the app has asked so far, for tests to look at. */
  asked: { readonly func: string; readonly args: readonly unknown[] }[];
  setTheme(name: string): void;
}

const given = JSON.parse(document.querySelector('#given')?.textContent ?? '{}') as {
  readonly console: string;
  readonly context: Readonly<Record<string, unknown>>;
  readonly token: string;
};
const host = window as unknown as Window_;
const app = document.querySelector('iframe');
const handlers = new Set<unknown>();
host.asked = [];

/** As a host says which parts of TeamsJS it serves; nested app authentication is not among them. */
const runtime = JSON.stringify({
  apiVersion: 4,
  hostVersionsInfo: {},
  isLegacyTeams: false,
  isNAAChannelRecommended: false,
  supports: { pages: { currentApp: {} } },
});

const answers: Readonly<Record<string, (args: readonly unknown[]) => readonly unknown[]>> = {
  initialize: () => ['content', 'web', runtime, '2.58.0'],
  getContext: () => [given.context],
  // Without a token at hand Teams names what it wants of the person first.
  'authentication.getAuthToken': () => (given.token === '' ? [false, 'resourceRequiresConsent'] : [true, given.token]),
  'pages.currentApp.navigateTo': () => [true],
};

const send = (message: unknown): void => app?.contentWindow?.postMessage(message, new URL(given.console).origin);

addEventListener('message', ({ source, data }: MessageEvent<Asked>) => {
  if (source !== app?.contentWindow) return;
  const { id, uuidAsString, func, args = [] } = data;
  host.asked.push({ func, args });
  if (func === 'registerHandler') handlers.add(args[0]);
  const answer = answers[func]?.(args);
  if (answer !== undefined) send({ id, uuidAsString, args: answer });
});

host.setTheme = (name) => {
  if (handlers.has('themeChange')) send({ func: 'themeChange', args: [name] });
};
if (app !== null) app.src = given.console;

export {};
