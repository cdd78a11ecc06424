import { createHmac } from 'node:crypto';

export type LinkGrant = Readonly<Record<string, string | number>>;

/** Pre-authenticated links: whoever has one may use it until it expires, no token asked. */
export class SignedLinks {
  readonly #secret: Buffer;
  #notBefore = 0;

  constructor(secret: Buffer) {
    this.#secret = secret;
  }

  /** A token for a link that lives `seconds`. */
  write(grant: LinkGrant, seconds: number): string {
    const body = Buffer.from(JSON.stringify({ ...grant, at: Date.now(), exp: Date.now() + seconds * 1000 })).toString(
      'base64url',
    );
    return `${body}.${this.#mac(body)}`;
  }

  /** `expired` for a link that was ours once, undefined for one that never was. */
  read(token: string): LinkGrant | 'expired' | undefined {
    const [body = '', mac] = token.split('.');
    if (mac !== this.#mac(body)) return undefined;
    const grant = JSON.parse(Buffer.from(body, 'base64url').toString()) as LinkGrant;
    return Number(grant['exp']) <= Date.now() || Number(grant['at']) <= this.#notBefore ? 'expired' : grant;
  }

  /** Every link given out so far is dead from now on. */
  expireAll(): void {
    this.#notBefore = Date.now();
  }

  #mac(body: string): string {
    return createHmac('sha256', this.#secret).update(body).digest('base64url').slice(0, 22);
  }
}
