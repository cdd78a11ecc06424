import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const installed = ['/usr/bin/chromium', '/usr/bin/google-chrome', '/opt/google/chrome/chrome'];

interface PackedChromium {
  executablePath(): Promise<string>;
  readonly args: readonly string[];
}

/** HOLDFAST_BROWSER, else a browser of the machine, else the one in the npm package. Certificate errors count. */
export async function launchBrowser(): Promise<Browser> {
  const named = process.env['HOLDFAST_BROWSER'];
  const found = named ?? installed.find((path) => existsSync(path));
  if (found !== undefined) return chromium.launch({ executablePath: found, headless: true, args: flags });
  const packed = (await import('@sparticuz/chromium')).default as unknown as PackedChromium;
  return chromium.launch({ executablePath: await packed.executablePath(), headless: true, args: flags });
}
