/**
 * Talks to a tenant through Microsoft's own libraries only, in a process that trusts it by NODE_EXTRA_CA_CERTS.
 * Reads its settings as JSON from the environment variable PROBE and prints what it found as JSON.
 */
import { ConfidentialClientApplication } from '@azure/msal-node';
import { Client, ResponseType } from '@microsoft/microsoft-graph-client';

interface Probe {
  readonly graphUrl: string;
  readonly authorityUrl: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly secret?: string;
  readonly certificate?: { readonly thumbprintSha256: string; readonly privateKey: string };
}

const probe = JSON.parse(process.env['PROBE'] ?? '{}') as Probe;
const application = new ConfidentialClientApplication({
  auth: {
    clientId: probe.clientId,
    authority: `${probe.authorityUrl}/${probe.tenantId}`,
    knownAuthorities: [new URL(probe.authorityUrl).host],
    ...(probe.certificate === undefined
      ? { clientSecret: probe.secret ?? '' }
      : { clientCertificate: probe.certificate }),
  },
});

async function report(): Promise<unknown> {
  try {
    const result = await application.acquireTokenByClientCredential({ scopes: [`${probe.graphUrl}/.default`] });
    const graph = Client.init({
      baseUrl: probe.graphUrl,
      customHosts: new Set([new URL(probe.graphUrl).hostname]),
      authProvider: (done) => done(null, result?.accessToken ?? ''),
    });
    const users = (await graph.api('/users').top(3).get()) as {
      value: { userPrincipalName: string }[];
      '@odata.nextLink'?: string;
    };
    const drive = (await graph.api('/users/mei.chen@demo.holdfast.example/drive/root/delta').top(20).get()) as {
      value: { id: string; file?: object; size: number; parentReference: { driveId: string } }[];
    };
    const file = drive.value.find((item) => item.file !== undefined && item.size > 0);
    const content = (await graph
      .api(`/drives/${file?.parentReference.driveId ?? ''}/items/${file?.id ?? ''}/content`)
      .responseType(ResponseType.ARRAYBUFFER)
      .get()) as ArrayBuffer;
    return {
      users: users.value.length,
      nextLink: users['@odata.nextLink'] !== undefined,
      expected: file?.size,
      received: content.byteLength,
    };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

process.stdout.write(JSON.stringify(await report()));
