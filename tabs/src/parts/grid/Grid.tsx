import { Checkbox, mergeClasses, useRestoreFocusTarget } from '@fluentui/react-components';
import { Fragment, useMemo } from 'react';
import type { CSSProperties, ReactNode } from 'react';
import { useTexts } from '../../app/texts.tsx';
import { useGridStyles } from './gridStyles.ts';
import { useGridKeys } from './useGridKeys.ts';

export interface Column<T> {
  readonly id: string;
  readonly name: string;
  readonly cell: (row: T) => ReactNode;
  /** A track of CSS grid. */
  readonly width: string;
  /** 1: always there; 2: below the name on narrow pages; 3: only on wide ones. The first column has rank 1. */
  readonly rank: 1 | 2 | 3;
  readonly align?: 'end';
  /** On narrow pages its name stands before its value, where the value does not speak for itself. */
  readonly labelled?: boolean;
}

export interface GridSelection {
  readonly selected: ReadonlySet<string>;
  readonly onChange: (selected: ReadonlySet<string>) => void;
}

export interface GridProps<T> {
  readonly name: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly keyOf: (row: T) => string;
  /** Names a row for people who only hear its checkbox. */
  readonly nameOf: (row: T) => string;
  readonly onOpen?: (row: T) => void;
  readonly tools?: (row: T) => ReactNode;
  readonly selection?: GridSelection;
  /** Rows that follow each other and answer the same key stand under one heading. */
  readonly groupOf?: (row: T) => { readonly key: string; readonly heading: ReactNode };
}

/** A table that the arrow keys walk through and that becomes a list of small cards on narrow pages. */
export function Grid<T>({ name, columns, rows, keyOf, nameOf, onOpen, tools, selection, groupOf }: GridProps<T>) {
  const styles = useGridStyles();
  const text = useTexts();
  const keys = useMemo(() => rowKeys(rows, keyOf, onOpen, selection), [rows, keyOf, onOpen, selection]);
  const moving = useGridKeys(keys);
  // What a row opens over the page gives the focus back to it.
  const comesBack = useRestoreFocusTarget();
  const tracks = useMemo(
    () => tracksOf(columns, selection !== undefined, tools !== undefined),
    [columns, selection, tools],
  );
  const cellClass = (column: Column<T>): string =>
    mergeClasses(
      styles.cell,
      column.align === 'end' && styles.end,
      column.rank === 2 && styles.rank2,
      column.rank === 3 && styles.rank3,
    );
  return (
    <div className={styles.frame} style={tracks}>
      <div role="grid" aria-label={name} aria-multiselectable={selection !== undefined ? true : undefined} {...moving}>
        <div role="row" className={mergeClasses(styles.row, styles.head)}>
          {selection !== undefined && (
            <div role="columnheader">
              <span className={styles.hidden}>{text('grid.select')}</span>
            </div>
          )}
          {columns.map((column) => (
            <div key={column.id} role="columnheader" className={cellClass(column)}>
              {column.name}
            </div>
          ))}
          {tools !== undefined && (
            <div role="columnheader">
              <span className={styles.hidden}>{text('grid.tools')}</span>
            </div>
          )}
        </div>
        {rows.map((row, at) => {
          const key = keyOf(row);
          const group = groupOf?.(row);
          const before = rows[at - 1];
          const heading = group !== undefined && (before === undefined || groupOf?.(before).key !== group.key);
          const chosen = selection?.selected.has(key) ?? false;
          return (
            <Fragment key={key}>
              {heading && (
                <div role="row" className={styles.group}>
                  <div role="gridcell" aria-colspan={columns.length}>
                    {group.heading}
                  </div>
                </div>
              )}
              <div
                {...comesBack}
                role="row"
                data-grid-row={at}
                tabIndex={at === 0 ? 0 : -1}
                aria-selected={selection === undefined ? undefined : chosen}
                className={mergeClasses(
                  styles.row,
                  styles.line,
                  onOpen !== undefined && styles.openable,
                  chosen && styles.selected,
                )}
                onClick={(event) => {
                  if (onOpen !== undefined && !isOnControl(event)) onOpen(row);
                }}
              >
                {selection !== undefined && (
                  <div role="gridcell">
                    <Checkbox
                      aria-label={text('grid.selectRow', { name: nameOf(row) })}
                      checked={chosen}
                      onChange={() => keys.onSelect?.(at)}
                    />
                  </div>
                )}
                {columns.map((column) => (
                  <div key={column.id} role="gridcell" className={cellClass(column)}>
                    {column.labelled === true && (
                      <span className={styles.label} aria-hidden>
                        {column.name}
                      </span>
                    )}
                    {column.cell(row)}
                  </div>
                ))}
                {tools !== undefined && (
                  <div role="gridcell" className={mergeClasses(styles.tools, styles.toolsNarrow)}>
                    {tools(row)}
                  </div>
                )}
              </div>
            </Fragment>
          );
        })}
      </div>
    </div>
  );
}

/** A click on a link, a button or a box inside the row is not a click on the row. */
const isOnControl = (event: React.MouseEvent): boolean =>
  event.target instanceof Element &&
  (event.target.closest('a, button, input, label, [role="menu"], [role="dialog"]') !== null ||
    !event.currentTarget.contains(event.target));

function rowKeys<T>(
  rows: readonly T[],
  keyOf: (row: T) => string,
  onOpen: ((row: T) => void) | undefined,
  selection: GridSelection | undefined,
) {
  const at = (index: number): T | undefined => rows[index];
  const changed = (change: (set: Set<string>) => void): void => {
    if (selection === undefined) return;
    const next = new Set(selection.selected);
    change(next);
    selection.onChange(next);
  };
  const open =
    onOpen === undefined
      ? undefined
      : (index: number): void => {
          const row = at(index);
          if (row !== undefined) onOpen(row);
        };
  if (selection === undefined) return { onOpen: open };
  return {
    onOpen: open,
    onSelect: (index: number): void => {
      const row = at(index);
      if (row === undefined) return;
      const key = keyOf(row);
      changed((set) => (set.has(key) ? set.delete(key) : set.add(key)));
    },
    onRange: (from: number, to: number): void =>
      changed((set) => {
        for (const index of [from, to]) {
          const row = at(index);
          if (row !== undefined) set.add(keyOf(row));
        }
      }),
    onSelectAll: (): void => changed((set) => rows.forEach((row) => set.add(keyOf(row)))),
  };
}

/** Tracks for three widths. On narrow pages everything of rank 2 goes below the name. */
function tracksOf<T>(columns: readonly Column<T>[], selects: boolean, hasTools: boolean): CSSProperties {
  const framed = (tracks: readonly string[]): string =>
    [...(selects ? ['36px'] : []), ...tracks, ...(hasTools ? ['40px'] : [])].join(' ');
  const first = columns.filter((column) => column.rank === 1);
  return {
    '--grid-wide': framed(columns.map((column) => column.width)),
    '--grid-middle': framed(columns.filter((column) => column.rank < 3).map((column) => column.width)),
    '--grid-narrow': framed(first.map((_, at) => (at === 0 ? 'minmax(0, 1fr)' : 'auto'))),
    '--grid-rest': `${selects ? 2 : 1} / -1`,
  } as CSSProperties;
}
