import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Frame, Page } from 'playwright-core';

// The rules themselves, as @axe-core/playwright brings them. Run directly: its builder opens a second page for each run.
const rules = readFileSync(
  createRequire(import.meta.resolve('@axe-core/playwright')).resolve('axe-core/axe.min.js'),
  'utf8',
);
const tags = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'];
/** Sentinels that Fluent puts around traps of the focus; nobody reaches them. */
const leftOut = '[data-tabster-dummy]';

interface Axe {
  run(
    where: { readonly exclude: readonly (readonly string[])[] },
    how: { readonly runOnly: readonly string[]; readonly resultTypes: readonly string[]; readonly preload: boolean },
  ): Promise<{
    readonly violations: readonly {
      readonly id: string;
      readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
    }[];
  }>;
}

/** What axe finds wrong on the page, or in one frame of it, as it is now, one line per element. */
export async function axeFindings(page: Page | Frame): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(rules);
  const { violations } = await page.evaluate(
    ({ exclude, runOnly }) =>
      (globalThis as unknown as { readonly axe: Axe }).axe.run(
        { exclude: [[exclude]] },
        { runOnly, resultTypes: ['violations'], preload: false },
      ),
    { exclude: leftOut, runOnly: tags },
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary ?? ''}`),
  );
}
