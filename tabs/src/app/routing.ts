import { useCallback, useSyncExternalStore } from 'react';

/** The console's pages; their names are the entity ids of the app manifest. */
export const pageNames = ['overview', 'protection', 'restore', 'activity', 'manage'] as const;
export type PageName = (typeof pageNames)[number];

export interface Place {
  readonly page: PageName;
  /** False where the address names no page; `page` is the first one then. */
  readonly known: boolean;
  /** What stands behind the page in the address: ids, never names. */
  readonly rest: readonly string[];
  readonly query: URLSearchParams;
}

/** Opens another page in the frame around the console; false: the console does it itself. */
export type Mover = (place: Place) => boolean;

const listeners = new Set<() => void>();
let mover: Mover = () => false;

const told = (): void => {
  for (const listener of listeners) listener();
};
const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  addEventListener('popstate', listener);
  return () => {
    listeners.delete(listener);
    removeEventListener('popstate', listener);
  };
};

/** In Teams every page is a tab of its own, so going to another page is the host's matter. */
export function moveWith(host: Mover): void {
  mover = host;
}

export function placeOf(address: string): Place {
  const url = new URL(address, 'http://console');
  const [first, ...rest] = url.pathname
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);
  const page = pageNames.find((name) => name === first);
  return { page: page ?? 'overview', known: page !== undefined || first === undefined, rest, query: url.searchParams };
}

/** Address of a place inside the console, for links and for `navigate`. */
export function addressOf(
  page: PageName,
  rest: readonly string[] = [],
  query: Readonly<Record<string, string | undefined>> = {},
): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined && value !== '') search.set(key, value);
  return `/${[page, ...rest].map(encodeURIComponent).join('/')}${search.size > 0 ? `?${search.toString()}` : ''}`;
}

export function navigate(address: string, how: 'push' | 'replace' = 'push'): void {
  const wanted = placeOf(address);
  if (wanted.page !== placeOf(current()).page && mover(wanted)) return;
  if (how === 'push') history.pushState(null, '', address);
  else history.replaceState(null, '', address);
  told();
}

const current = (): string => location.pathname + location.search;

/** Where the reader is now. */
export function usePlace(): Place {
  return placeOf(useSyncExternalStore(subscribe, current));
}

export interface LinkProps {
  readonly href: string;
  readonly onClick: (event: React.MouseEvent) => void;
}

/** For links: a click moves inside the console, every other kind of click does what browsers do. */
export function useLink(address: string): LinkProps {
  const onClick = useCallback((event: React.MouseEvent) => follow(event, address), [address]);
  return { href: address, onClick };
}

export function follow(event: React.MouseEvent, address: string): void {
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  navigate(address);
}
