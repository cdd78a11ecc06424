/**
 * Lets the workers' managed identity sign in as the backup and the restore app, so that no client secret exists.
 * Run by `provision`; running it again changes nothing, and an app that trusts an earlier identity is moved over.
 * Usage: federate <tenant id> <principal id of the workers' identity> <client id of an app>...
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

const credentialName = 'holdfast-workers';
const given = z.tuple([z.guid(), z.guid(), z.guid()], z.guid()).safeParse(process.argv.slice(2));
if (!given.success) {
  console.error('Usage: npm run federate -- <tenant id> <principal id> <client id>..., each of them a GUID.');
  process.exit(2);
}
const [tenantId, principalId, ...clientIds] = given.data;

const Credentials = z.array(z.object({ name: z.string(), subject: z.string() }));

/** On Windows the Azure CLI is a batch file, which only a shell starts; the arguments are checked ids and our own words. */
function az(...args: string[]): string {
  try {
    return execFileSync('az', args, { encoding: 'utf8', shell: process.platform === 'win32' });
  } catch (error) {
    throw new Error(
      `The Azure CLI could not do this. Install it, run "az login --tenant ${tenantId}", then try again.`,
      {
        cause: error,
      },
    );
  }
}

const folder = mkdtempSync(join(tmpdir(), 'holdfast-federate-'));
try {
  const file = join(folder, 'credential.json');
  const credential = {
    name: credentialName,
    issuer: `https://login.microsoftonline.com/${tenantId}/v2.0`,
    subject: principalId,
    audiences: ['api://AzureADTokenExchange'],
  };
  writeFileSync(file, JSON.stringify(credential));
  const app = ['ad', 'app', 'federated-credential'];
  for (const clientId of clientIds) {
    const known = Credentials.parse(JSON.parse(az(...app, 'list', '--id', clientId, '--output', 'json')));
    const ours = known.find((one) => one.name === credentialName);
    if (ours === undefined) az(...app, 'create', '--id', clientId, '--parameters', file);
    else if (ours.subject !== principalId) {
      az(...app, 'update', '--id', clientId, '--federated-credential-id', credentialName, '--parameters', file);
    }
    console.log(`App ${clientId} trusts the workers' identity ${principalId}.`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
