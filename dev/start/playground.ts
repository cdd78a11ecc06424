import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { stringify } from 'yaml';
import type { Children } from './children.ts';
import { firstLine } from './firstLine.ts';

export interface PlaygroundPerson {
  readonly id: string;
  readonly name: string;
  readonly address: string;
}

export interface PlaygroundOptions {
  readonly children: Children;
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly botUrl: string;
  readonly port: number;
  readonly tenantId: string;
  /** Six, as the playground's schema wants it. The first one is who sits at the keyboard. */
  readonly people: readonly PlaygroundPerson[];
  readonly log: number;
}

/**
 * The Teams-like chat of the Microsoft 365 Agents Playground, offline and without telemetry, on loopback only. Its
 * people are those of the tenant, so that the bot knows who speaks.
 */
export async function startPlayground(
  options: PlaygroundOptions,
): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const config = path.join(options.dataDir, 'playground.yml');
  writeFileSync(config, stringify(playgroundConfig(options)));
  const cli = createRequire(import.meta.url).resolve('@microsoft/m365agentsplayground/cli.js');
  const args = [
    '--app-endpoint',
    options.botUrl,
    '--channel-id',
    'msteams',
    '--port',
    String(options.port),
    '--disable-telemetry',
  ];
  const child = options.children.fork(cli, args, {
    cwd: options.dataDir,
    env: {
      ...options.env,
      M365_AGENTS_PLAYGROUND_CONFIG_PATH: config,
      M365_AGENTS_PLAYGROUND_LOGFILE: path.join(options.dataDir, 'logs', 'playground.trace.log'),
      TEAMSAPPTESTER_BROWSER: 'none',
    },
    execArgv: ['--import', path.join(import.meta.dirname, '../loopbackOnly.ts')],
    stdio: ['ignore', 'pipe', options.log, 'ipc'],
  });
  const otherwise = `The chat did not start. Its log is ${path.join(options.dataDir, 'logs/playground.trace.log')}`;
  const port = await firstLine(child, (line) => /Listening on (\d+)/.exec(line)?.[1], otherwise);
  const url = `http://localhost:${port}`;
  // It says that it listens, then reads its configuration, and ends where it does not like it.
  while (!(await answers(url))) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(otherwise);
    await delay(50);
  }
  return { child, url };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}

function playgroundConfig({ tenantId, people }: PlaygroundOptions): object {
  const [current, ...others] = people.map(({ id, name, address }, index) => {
    const [givenName = name, ...surname] = name.split(' ');
    return {
      id: `user-id-${index}`,
      name,
      // Spelt as the playground's schema has it.
      userPrincipleName: address,
      aadObjectId: id,
      givenName,
      surname: surname.join(' '),
      email: address,
    };
  });
  return {
    version: '0.1.1',
    tenantId,
    bot: { id: 'holdfast-bot', name: 'Holdfast' },
    currentUser: current,
    users: others,
    personalChat: { id: 'personal-chat-id' },
    groupChat: { id: 'group-chat-id', name: 'IT' },
    team: {
      id: 'team-id',
      name: 'Operations',
      aadGroupId: '00000000-0000-4000-8000-000000000031',
      // Beside General, which every team has.
      channels: [{ id: 'channel-backups-id', name: 'Backups' }],
    },
  };
}
