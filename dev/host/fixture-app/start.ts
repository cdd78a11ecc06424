import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type FunctionsHost, startHost } from '../host.ts';
import type { LogLine } from '../log.ts';

export interface FixtureHost extends FunctionsHost {
  readonly lines: readonly LogLine[];
  /** Resolves with the first line, from now or before, that fits. */
  said(pattern: RegExp): Promise<LogLine>;
  get(path: string): Promise<unknown>;
}

/** The fixture app in a host of its own on a free port. `env` completes what the app's bindings name. */
export async function startFixtureHost(
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<FixtureHost & AsyncDisposable> {
  const stateFolder = mkdtempSync(path.join(tmpdir(), 'holdfast-host-'));
  const lines: LogLine[] = [];
  const waiting = new Set<() => void>();
  const host = await startHost({
    app: path.join(import.meta.dirname, 'app.ts'),
    hostJson: path.join(import.meta.dirname, 'host.json'),
    env: {
      ...process.env,
      EVERY_SECOND: '0 0 0 1 1 *',
      STORAGE_CONNECTION_STRING: 'UseDevelopmentStorage=true',
      ...env,
    },
    stateFolder,
    port: 0,
    log: (line) => {
      lines.push(line);
      for (const wake of waiting) wake();
    },
  });
  const said = (pattern: RegExp) =>
    new Promise<LogLine>((resolve) => {
      const look = () => {
        const found = lines.find((line) => pattern.test(line.message));
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  const get = async (where: string) => (await fetch(new URL(where, host.url))).json();
  const stop = async (graceMs: number) => {
    await host.stop(graceMs);
    rmSync(stateFolder, { recursive: true, force: true });
  };
  return { ...host, lines, said, get, stop, [Symbol.asyncDispose]: () => stop(0) };
}
