import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type CryptoKey } from 'jose';

/** Who signs what the chat service sends. */
export const issuer = 'https://api.botframework.com';

/** Something that the bot said or changed. */
export interface Call {
  readonly method: string;
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Plays the chat service on this machine: its signing keys and the conversations that the bot answers in. */
export async function chatService() {
  const calls: Call[] = [];
  const keys = await Promise.all(
    ['good', 'other', 'unendorsed'].map(() => generateKeyPair('RS256', { extractable: true })),
  );
  const [good, other, unendorsed] = keys.map(({ privateKey }) => privateKey) as [CryptoKey, CryptoKey, CryptoKey];
  const published = await Promise.all(
    [keys[0], keys[2]].map(async (pair, index) => ({
      ...(await exportJWK(pair?.publicKey as CryptoKey)),
      kid: index === 0 ? 'good' : 'unendorsed',
      use: 'sig',
      endorsements: index === 0 ? ['msteams'] : ['webchat'],
    })),
  );
  let refuse: number | undefined;
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const path = request.url ?? '';
      const answer = (status: number, body: unknown) => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      };
      if (path === '/metadata') return answer(200, { jwks_uri: `${address()}/keys` });
      if (path === '/keys') return answer(200, { keys: published });
      calls.push({ method: request.method ?? '', path, body: JSON.parse(Buffer.concat(chunks).toString() || '{}') });
      if (refuse !== undefined) return answer(refuse, { error: { code: 'Refused' } });
      return answer(200, { id: `activity-${calls.length}` });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    calls,
    address,
    good,
    other,
    unendorsed,
    refuseWith: (status: number | undefined) => {
      refuse = status;
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}
export type ChatService = Awaited<ReturnType<typeof chatService>>;
