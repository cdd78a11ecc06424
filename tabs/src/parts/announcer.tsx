import { createContext, use, useCallback, useRef } from 'react';
import type { ReactNode } from 'react';

const Announce = createContext<(text: string) => void>(() => undefined);

const unseen = {
  position: 'absolute',
  width: 1,
  height: 1,
  overflow: 'hidden',
  clipPath: 'inset(50%)',
  whiteSpace: 'nowrap',
} as const;

/** The page's one polite live region. */
export function AnnouncerProvider({ children }: { children: ReactNode }) {
  const region = useRef<HTMLDivElement>(null);
  // Written past React: a text that stays the same must be said again, and nobody has to draw anew for it.
  const say = useCallback((text: string) => {
    if (region.current === null) return;
    const line = document.createElement('div');
    line.textContent = text;
    region.current.replaceChildren(line);
  }, []);
  return (
    <Announce value={say}>
      {children}
      <div role="status" aria-live="polite" ref={region} style={unseen} />
    </Announce>
  );
}

/** Says something to readers of the page who do not see it change. */
export const useAnnounce = (): ((text: string) => void) => use(Announce);
