/** The demo tenant's control endpoints (dev/tenant/README.md): what people and faults do to it, and what it saw. */
export class TenantControl {
  readonly #url: string;
  readonly #tokens = new Map<string, Promise<string>>();

  constructor(url: string) {
    this.#url = url;
  }

  async get<T>(path: string): Promise<T> {
    return (await this.#call('GET', path)) as T;
  }

  async post<T = unknown>(path: string, body: unknown): Promise<T> {
    return (await this.#call('POST', path, body)) as T;
  }

  async remove(path: string): Promise<void> {
    await this.#call('DELETE', path);
  }

  async users(): Promise<readonly TenantUser[]> {
    return (await this.get<{ value: TenantUser[] }>('users')).value;
  }

  async user(alias: string): Promise<TenantUser> {
    const found = (await this.users()).find(({ upn }) => upn.startsWith(`${alias}@`));
    if (found === undefined) throw new Error(`The demo tenant has nobody called ${alias}`);
    return found;
  }

  /** Every message, or those of one mailbox, with hashes of their MIME. */
  async messages(user?: string): Promise<readonly TenantMessage[]> {
    return (await this.get<{ value: TenantMessage[] }>(`messages${user === undefined ? '' : `?user=${user}`}`)).value;
  }

  /** Every file and folder, or those of one drive; `hash=none` where contents do not matter. */
  async files(user?: string): Promise<readonly TenantFile[]> {
    return (await this.get<{ value: TenantFile[] }>(`files${user === undefined ? '' : `?user=${user}`}`)).value;
  }

  async counters(): Promise<TenantCounters> {
    return this.get('counters');
  }

  /** Fetched since the counters were last cleared: bodies of mail, exact copies, contents of files. */
  async fetched(): Promise<{ mails: number; exports: number; files: number }> {
    const { requests } = await this.counters();
    const of = (pattern: RegExp) =>
      Object.entries(requests).reduce((sum, [kind, count]) => sum + (pattern.test(kind) ? count : 0), 0);
    return { mails: of(/\/\$value$/), exports: of(/exportItems$/), files: of(/^GET .*\/content$/) };
  }

  /** What a client did against the contract, and what would have reached somebody: both must stay empty. */
  async complaints(): Promise<string[]> {
    const [violations, { value: outgoing }] = await Promise.all([
      this.get<{ value: unknown[] }>('violations'),
      this.get<{ value: unknown[] }>('outgoing'),
    ]);
    return [...violations.value, ...outgoing].map((one) => JSON.stringify(one));
  }

  /** A token for the API as this person gets it when signing in. */
  token(user: string, renew = false): Promise<string> {
    let token = renew ? undefined : this.#tokens.get(user);
    if (token === undefined) {
      token = this.post<{ token: string }>('token', { user }).then((made) => made.token);
      this.#tokens.set(user, token);
    }
    return token;
  }

  async #call(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(`${this.#url}/control/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} /control/${path}: ${answer.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }
}

export interface TenantUser {
  readonly id: string;
  readonly upn: string;
  readonly name?: string;
  readonly mailbox: string | null;
  readonly driveId?: string;
  readonly deleted: boolean;
  readonly appRoles?: readonly string[];
}

export interface TenantMessage extends Readonly<Record<string, unknown>> {
  readonly userId: string;
  readonly id: string;
  readonly immutableId: string;
  readonly folder: string;
  readonly received: string;
  readonly internetMessageId: string;
  readonly subject: string;
  readonly isRead: boolean;
  readonly sha256: string;
}

export interface TenantFile {
  readonly driveId: string;
  readonly id: string;
  readonly path: string;
  readonly name: string;
  readonly folder: boolean;
  readonly size: number;
  readonly fileSystemInfo: { readonly createdDateTime: string; readonly lastModifiedDateTime: string };
  readonly sha256?: string;
}

export interface TenantCounters {
  readonly total: number;
  readonly requests: Readonly<Record<string, number>>;
  readonly statuses: Readonly<Record<string, number>>;
  readonly bytes: { readonly read: number; readonly written: number };
  readonly throttle: { readonly refused: Readonly<Record<string, number>>; readonly highestMailboxConcurrency: number };
}
