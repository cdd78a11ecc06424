/**
 * The demo tenant as a process of its own. Prints one line of JSON with its addresses when it listens and stops on
 * SIGTERM or SIGINT. `node dev/tenant/main.ts --help` names the options.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DEFAULT_APPS, DEFAULT_THROTTLE, type AppRegistration, type TenantApps } from './options.ts';
import { addBulk } from './control/bulk.ts';
import { startTenant } from './tenant.ts';

const USAGE = `node dev/tenant/main.ts --data-dir DIR [options]
  --corpus DIR            corpus to seed from (default ../shared/corpus beside the repository, if present; "none" for made-up content)
  --seed full|small|empty
  --graph-port N --authority-port N --content-port N --sign-in-port N --control-port N   (default: as last time, else free ones)
  --throttle on|off       (default on)
  --compression N         budgets refill N times faster than in real time (default ${DEFAULT_THROTTLE.compression})
  --licences N            decides SharePoint's budget (default ${DEFAULT_THROTTLE.licences})
  --openapi DIR           folder with Graph's OpenAPI files: every request and answer is held against them
  --link-seconds N        life of download, upload and import links (default 300)
  --backup-certificate PEM --restore-certificate PEM   certificates registered for the apps
  --generated-messages N  adds a mailbox "archive.bulk" with N made-up messages
  --generated-file-gb N   adds one made-up file of N GB to a drive
`;

const { values } = parseArgs({
  options: {
    'data-dir': { type: 'string' },
    corpus: { type: 'string' },
    seed: { type: 'string', default: 'full' },
    'graph-port': { type: 'string', default: '0' },
    'authority-port': { type: 'string', default: '0' },
    'content-port': { type: 'string', default: '0' },
    'sign-in-port': { type: 'string', default: '0' },
    'control-port': { type: 'string', default: '0' },
    throttle: { type: 'string', default: 'on' },
    compression: { type: 'string', default: String(DEFAULT_THROTTLE.compression) },
    licences: { type: 'string', default: String(DEFAULT_THROTTLE.licences) },
    openapi: { type: 'string' },
    'link-seconds': { type: 'string', default: '300' },
    'backup-certificate': { type: 'string' },
    'restore-certificate': { type: 'string' },
    'generated-messages': { type: 'string' },
    'generated-file-gb': { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help || values['data-dir'] === undefined) {
  process.stderr.write(USAGE);
  process.exit(values.help ? 0 : 2);
}

const beside = join(import.meta.dirname, '../../../shared/corpus');
const corpusDir = values.corpus === 'none' ? undefined : (values.corpus ?? (existsSync(beside) ? beside : undefined));

const tenant = await startTenant({
  dataDir: values['data-dir'],
  corpusDir,
  seed: values.seed === 'empty' || values.seed === 'small' ? values.seed : 'full',
  ports: {
    graph: Number(values['graph-port']),
    authority: Number(values['authority-port']),
    content: Number(values['content-port']),
    signIn: Number(values['sign-in-port']),
    control: Number(values['control-port']),
  },
  throttle: {
    ...DEFAULT_THROTTLE,
    enabled: values.throttle !== 'off',
    compression: Number(values.compression),
    licences: Number(values.licences),
  },
  linkSeconds: Number(values['link-seconds']),
  openApiDir: values.openapi,
  apps: appsWithCertificates(),
});

addOnFirstStart();

const { graphUrl, authorityUrl, contentUrl, loopbackSignInUrl, controlUrl, caPath, tenantId, apps } = tenant;
process.stdout.write(
  `${JSON.stringify({ graphUrl, authorityUrl, contentUrl, loopbackSignInUrl, controlUrl, caPath, tenantId, apps })}\n`,
);

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    tenant.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  });
}

/** The bulk content that the command line asked for; a second start with the same options adds nothing. */
function addOnFirstStart(): void {
  const { database } = tenant.state;
  const messages = Number(values['generated-messages'] ?? 0);
  const fileBytes = Number(values['generated-file-gb'] ?? 0) * 1024 ** 3;
  if (messages + fileBytes === 0 || database.meta('bulk') !== undefined) return;
  database.transaction(() => addBulk(tenant.state, messages, fileBytes));
  database.setMeta('bulk', `${messages} ${fileBytes}`);
}

function appsWithCertificates(): TenantApps {
  const withCertificate = (app: AppRegistration, path: string | undefined): AppRegistration =>
    path === undefined ? app : { ...app, certificates: [readFileSync(path, 'utf8')] };
  return {
    ...DEFAULT_APPS,
    backup: withCertificate(DEFAULT_APPS.backup, values['backup-certificate']),
    restore: withCertificate(DEFAULT_APPS.restore, values['restore-certificate']),
  };
}
