import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

export interface RunningAzurite {
  readonly connectionString: string;
  readonly pid: number;
  stop(): Promise<void>;
}

// The emulator's well-known account: public, the same everywhere.
const account = 'devstoreaccount1';
const accountKey = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

/**
 * Starts Azurite on free ports of this machine's loopback, with data in `folder` or, without one, in memory. Ends with
 * `stop`, at the latest with this process.
 */
export async function startAzurite(folder?: string): Promise<RunningAzurite> {
  const program = createRequire(import.meta.url).resolve('azurite/dist/src/azurite.js');
  const place = folder === undefined ? ['--inMemoryPersistence'] : ['--location', folder];
  const ports = ['blob', 'queue', 'table'].flatMap((service) => [
    `--${service}Host`,
    '127.0.0.1',
    `--${service}Port`,
    '0',
  ]);
  const child = spawn(
    process.execPath,
    [program, ...place, ...ports, '--skipApiVersionCheck', '--disableTelemetry', '--silent'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const end = (): void => void child.kill('SIGKILL');
  process.once('exit', end);
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));

  const addresses = new Map<string, string>();
  for await (const line of createInterface({ input: child.stdout })) {
    const [, service, address] =
      /^Azurite (Blob|Queue|Table) service is successfully listening at (\S+)$/.exec(line) ?? [];
    if (service && address) addresses.set(service, address);
    if (addresses.size === 3) break;
  }
  if (addresses.size < 3 || child.pid === undefined) throw new Error('Azurite did not start');
  child.stdout.resume();

  const endpoints = [...addresses].map(([service, address]) => `${service}Endpoint=${address}/${account};`).join('');
  return {
    connectionString: `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${accountKey};${endpoints}`,
    pid: child.pid,
    async stop() {
      child.kill('SIGTERM');
      await exited;
      process.off('exit', end);
    },
  };
}
