import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { HttpAnswer, HttpCall } from './http/answer.ts';

/** Where the build puts the console; the deployed app has it at the same place beside its code. */
export const builtConsole = path.join(import.meta.dirname, '../dist/tab');

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
};
const COMPRESSED = /^(text\/|application\/(json|manifest)|image\/svg)/;

/** Hosts that show the console in a frame: Teams, Microsoft 365 and Outlook, in all clouds. */
const FRAMED_BY = [
  'https://teams.microsoft.com',
  'https://*.teams.microsoft.com',
  'https://teams.cloud.microsoft',
  'https://*.cloud.microsoft',
  'https://*.office.com',
  'https://*.microsoft365.com',
  'https://outlook.office.com',
  'https://outlook.office365.com',
  'https://outlook.live.com',
  'https://*.teams.microsoft.us',
  'https://*.office365.us',
];
const LOCAL = ['http://localhost:*', 'http://127.0.0.1:*'];

export interface ConsoleOptions {
  /** Folder of the built console. */
  readonly folder: string;
  /** Where browsers sign in. */
  readonly authorityHost: string;
  /** True when only this machine reaches the server: then a page of this machine may frame it too. */
  readonly isLocal: boolean;
}

interface File {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly zipped?: Uint8Array<ArrayBuffer>;
  readonly mediaType: string;
}

/** Serves the console's files; a path without a file of its own is a page of the console. */
export function serveConsole(options: ConsoleOptions): (call: HttpCall) => Promise<HttpAnswer> {
  const headers = securityHeaders(options);
  const files = new Map<string, Promise<File | undefined>>();
  const load = (name: string): Promise<File | undefined> => {
    const known = files.get(name) ?? readFileAt(options.folder, name);
    // What is not there is not remembered: it may be built later, and strangers could fill the memory with names.
    known
      .then((file) => (file === undefined ? files.delete(name) : files.set(name, known)))
      .catch(() => files.delete(name));
    return known;
  };
  return async (call) => {
    const asked = pathOf(call.url);
    if (asked === undefined) return missing(false, headers);
    const isPage = path.extname(asked) === '';
    const name = isPage ? 'index.html' : asked;
    const file = isInside(options.folder, name) ? await load(name) : undefined;
    if (file === undefined) return missing(isPage, headers);
    const isZipped = file.zipped !== undefined && /\bgzip\b/.test(call.headers.get('accept-encoding') ?? '');
    const bytes = isZipped ? (file.zipped ?? file.bytes) : file.bytes;
    return {
      status: 200,
      headers: {
        ...headers,
        'Content-Type': file.mediaType,
        'Content-Length': String(bytes.byteLength),
        // Built files carry a hash of their content in their name; the page that names them does not.
        'Cache-Control': name.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
        Vary: 'Accept-Encoding',
        ...(isZipped ? { 'Content-Encoding': 'gzip' } : {}),
      },
      ...(call.method === 'HEAD' ? {} : { body: once(bytes) }),
    };
  };
}

/** The path below the root; undefined for one that is no text. */
function pathOf(url: string): string | undefined {
  try {
    return decodeURIComponent(new URL(url, 'http://console').pathname).replace(/^\/+/, '');
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

function isInside(folder: string, name: string): boolean {
  const relative = path.relative(folder, path.join(folder, name));
  return relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative) && !name.includes('\0');
}

async function readFileAt(folder: string, name: string): Promise<File | undefined> {
  const mediaType = MEDIA_TYPES[path.extname(name).toLowerCase()];
  if (mediaType === undefined) return undefined;
  try {
    const bytes = new Uint8Array(await readFile(path.join(folder, name)));
    if (!COMPRESSED.test(mediaType)) return { bytes, mediaType };
    return { bytes, mediaType, zipped: new Uint8Array(await promisify(gzip)(bytes, { level: 9 })) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'EISDIR' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return undefined;
    throw error;
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

const NO_CONSOLE =
  'There is no console here: this start left it out (--headless), or it is not built yet.\n' +
  'To start with it: npm start (without --headless). To build it alone: npm run build\n';

const missing = (isPage: boolean, headers: Readonly<Record<string, string>>): HttpAnswer => ({
  status: isPage ? 503 : 404,
  headers: { ...headers, 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' },
  body: isPage ? NO_CONSOLE : 'There is no such file.\n',
});

/** Styles are made at run time by Fluent, so that inline styles are allowed; inline scripts are not. */
function securityHeaders({ authorityHost, isLocal }: ConsoleOptions): Record<string, string> {
  const authority = new URL(authorityHost).origin;
  const policy = [
    "default-src 'self'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data: https://res.cdn.office.net",
    // TeamsJS asks Microsoft's list there which hosts it may trust, as soon as it is loaded; nothing turns that off.
    `connect-src 'self' ${authority} https://res.cdn.office.net`,
    `frame-src 'self' ${authority}`,
    `frame-ancestors 'self' ${[...FRAMED_BY, ...(isLocal ? LOCAL : [])].join(' ')}`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
  ];
  return {
    'Content-Security-Policy': policy.join('; '),
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'strict-origin-when-cross-origin',
    'Permissions-Policy': 'camera=(), microphone=(), geolocation=()',
    ...(isLocal ? {} : { 'Strict-Transport-Security': 'max-age=31536000' }),
  };
}
