import { useCallback, useLayoutEffect, useRef } from 'react';

export interface GridKeys {
  /** Enter on a row. */
  readonly onOpen?: ((row: number) => void) | undefined;
  /** Space on a row. */
  readonly onSelect?: ((row: number) => void) | undefined;
  /** Shift with an arrow: from where the row was left to where it is now. */
  readonly onRange?: ((from: number, to: number) => void) | undefined;
  /** Ctrl or Cmd with A. */
  readonly onSelectAll?: (() => void) | undefined;
}

const focusable = 'a[href], button, input, select, textarea, [tabindex]';
const insideOf = (row: HTMLElement): HTMLElement[] => [...row.querySelectorAll<HTMLElement>(focusable)];

/**
 * The grid is one stop of the Tab key: one row (and what is in it) can be reached by it, arrows move between rows and
 * inside them. Rows carry `data-grid-row` with their number. Kept in the page itself, not in React: what a cell holds is
 * the caller's matter.
 */
export function useGridKeys(keys: GridKeys) {
  const grid = useRef<HTMLDivElement>(null);
  const active = useRef(0);

  const rows = useCallback(
    (): HTMLElement[] => [...(grid.current?.querySelectorAll<HTMLElement>('[data-grid-row]') ?? [])],
    [],
  );
  const settle = useCallback(() => {
    const all = rows();
    // Rows may come in above the one that somebody is in.
    const within = all.findIndex((row) => row.contains(document.activeElement));
    active.current = within < 0 ? Math.min(active.current, Math.max(0, all.length - 1)) : within;
    all.forEach((row, at) => {
      const stop = at === active.current ? 0 : -1;
      row.tabIndex = stop;
      for (const inner of insideOf(row)) inner.tabIndex = stop;
    });
  }, [rows]);
  useLayoutEffect(settle);

  const goTo = useCallback(
    (at: number, place: number) => {
      const all = rows();
      const row = all[at];
      if (row === undefined) return;
      (place < 0 ? row : (insideOf(row)[place] ?? row)).focus();
    },
    [rows],
  );

  const onKeyDown = useCallback(
    (event: React.KeyboardEvent<HTMLElement>) => {
      const target = event.target as HTMLElement;
      const all = rows();
      const at = all.findIndex((row) => row.contains(target));
      const row = all[at];
      if (row === undefined || target.closest('[role="menu"], [role="dialog"]') !== null) return;
      const place = insideOf(row).indexOf(target);
      const isRow = target === row;
      const act = (): boolean => {
        switch (event.key) {
          case 'ArrowDown':
          case 'ArrowUp': {
            const next = at + (event.key === 'ArrowDown' ? 1 : -1);
            if (all[next] === undefined) return true;
            if (event.shiftKey) keys.onRange?.(at, next);
            goTo(next, place);
            return true;
          }
          case 'ArrowRight':
          case 'ArrowLeft': {
            const forward = (event.key === 'ArrowRight') === (getComputedStyle(row).direction !== 'rtl');
            goTo(at, Math.max(-1, Math.min(insideOf(row).length - 1, place + (forward ? 1 : -1))));
            return true;
          }
          case 'Home':
          case 'End':
            goTo(event.key === 'Home' ? 0 : all.length - 1, place);
            return true;
          case 'Enter':
            if (!isRow || keys.onOpen === undefined) return false;
            keys.onOpen(at);
            return true;
          case ' ':
            if (!isRow || keys.onSelect === undefined) return false;
            keys.onSelect(at);
            return true;
          case 'a':
            if ((!event.ctrlKey && !event.metaKey) || keys.onSelectAll === undefined) return false;
            keys.onSelectAll();
            return true;
          default:
            return false;
        }
      };
      if (act()) event.preventDefault();
    },
    [keys, goTo, rows],
  );

  const onFocus = useCallback(
    (event: React.FocusEvent<HTMLElement>) => {
      const at = rows().findIndex((row) => row.contains(event.target));
      if (at < 0 || at === active.current) return;
      active.current = at;
      settle();
    },
    [rows, settle],
  );

  return { ref: grid, onKeyDown, onFocus };
}
