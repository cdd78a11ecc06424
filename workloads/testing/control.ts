/** The demo tenant's control endpoints, as far as tests of connectors use them. */
export interface Control {
  post<T = unknown>(path: string, body: unknown): Promise<T>;
  get<T>(path: string): Promise<T>;
  remove(path: string): Promise<void>;
}

export function controlOf(controlUrl: string): Control {
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const answer = await fetch(`${controlUrl}/control/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} /control/${path}: ${answer.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
  return {
    post: async <T>(path: string, body: unknown) => (await call('POST', path, body)) as T,
    get: async <T>(path: string) => (await call('GET', path)) as T,
    remove: async (path) => void (await call('DELETE', path)),
  };
}
