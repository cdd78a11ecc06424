/** Draws the package's PNG icons from the SVG files beside this one. Run after changing an SVG; the PNGs are committed. */
import { readFile, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import sparticuz from '@sparticuz/chromium';
import { chromium } from 'playwright-core';

const icons = [
  { name: 'color', size: 192 },
  { name: 'color32x32', size: 32 },
  { name: 'outline', size: 32 },
];

const installed = [process.env.CHROMIUM_PATH, '/usr/bin/chromium'].find(
  (path) => path !== undefined && existsSync(path),
);
const browser = await chromium.launch({
  executablePath: installed ?? (await sparticuz.executablePath()),
  // The packaged Chromium's own list asks for a single process, which ends with the first page it closes.
  args: installed === undefined ? sparticuz.args.filter((arg) => arg !== '--single-process') : [],
});
try {
  for (const { name, size } of icons) {
    const svg = await readFile(new URL(`${name}.svg`, import.meta.url), 'utf8');
    const page = await browser.newPage({ viewport: { width: size, height: size } });
    await page.setContent(`<style>body{margin:0}svg{display:block}</style>${svg}`);
    await writeFile(new URL(`../${name}.png`, import.meta.url), await page.screenshot({ omitBackground: true }));
    await page.close();
  }
} finally {
  await browser.close();
}
