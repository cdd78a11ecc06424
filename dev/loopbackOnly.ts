/** Preloaded into programs that would listen on every network of the machine: they get loopback instead. */
import { Server } from 'node:net';

const listen = Reflect.get(Server.prototype, 'listen') as (...args: unknown[]) => Server;

/** `listen` with a host where the caller named none. */
export const listenOnLoopback = new Proxy(listen, {
  apply: (target, server, args: unknown[]) => Reflect.apply(target, server as Server, withHost(args)),
});

function withHost(args: readonly unknown[]): unknown[] {
  const [first, second, ...rest] = args;
  if (typeof first === 'function' || first === undefined) return [0, '127.0.0.1', ...args];
  if (typeof first === 'object' && first !== null && 'port' in first)
    return [{ host: '127.0.0.1', ...first }, ...args.slice(1)];
  const isPort = typeof first === 'number' || (typeof first === 'string' && /^\d+$/.test(first));
  return isPort && typeof second !== 'string'
    ? [first, '127.0.0.1', ...(second === undefined ? [] : [second]), ...rest]
    : [...args];
}

Server.prototype.listen = listenOnLoopback;
