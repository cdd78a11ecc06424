import { isIP } from 'node:net';
import { Fault } from '../engine/fault.ts';

/**
 * Hosts to which Microsoft's pre-authenticated links point. A leading dot allows every name below it, nothing else
 * does: `graph.microsoft.com.evil` ends otherwise.
 */
const MICROSOFT_CONTENT_HOSTS = [
  '.sharepoint.com',
  '.sharepoint.us',
  '.sharepoint-mil.us',
  '.sharepoint.cn',
  '.svc.ms',
  '.1drv.com',
  'outlook.office365.com',
  'outlook.office.com',
  'outlook.office365.us',
  'outlook-dod.office365.us',
  'partner.outlook.cn',
];

/** Says where a link that came in an answer may lead. */
export interface Links {
  /** A nextLink, deltaLink or resync Location: the Graph endpoint itself and nothing else. Fault `invalid`. */
  ofGraph(link: string): string;
  /** Where a dead change feed starts over by what the service named, read against `asked`; undefined when that leads elsewhere. */
  placeToStart(location: string | undefined, asked: string): string | undefined;
  /** A pre-authenticated download, upload or import link. Fault `invalid` with the reason, never with the link. */
  ofContent(link: string): URL;
  /** May this host name lead to a private address? Only where the admin named it. */
  readonly mayBePrivate: (hostname: string) => boolean;
}

export function createLinks(endpoint: string, contentHosts: readonly string[]): Links {
  const graph = new URL(endpoint);
  const named = new Set(contentHosts.map((host) => originHost(host)));
  const namedHostnames = new Set([graph.hostname, ...[...named].map((host) => new URL(`https://${host}`).hostname)]);

  return {
    ofGraph(link) {
      const url = parse(link, 'a change feed link');
      if (url.origin !== graph.origin)
        throw refused('a change feed link', 'it leads to another host than the Graph endpoint');
      return link;
    },
    placeToStart(location, asked) {
      const url = location === undefined ? null : URL.parse(location, asked);
      return url?.origin === graph.origin && url.username === '' ? url.href : undefined;
    },
    ofContent(link) {
      const url = parse(link, 'a content link');
      if (url.origin === graph.origin || named.has(originHost(url.host))) return url;
      if (isIP(url.hostname.replace(/^\[|\]$/g, '')) !== 0) throw refused('a content link', 'it names an IP address');
      if (url.port !== '') throw refused('a content link', 'it names a port');
      const host = url.hostname.toLowerCase();
      const isMicrosofts = MICROSOFT_CONTENT_HOSTS.some((name) =>
        name.startsWith('.') ? host.endsWith(name) : host === name,
      );
      if (!isMicrosofts)
        throw refused('a content link', `its host ${host} is not Microsoft's and not in CONTENT_HOSTS`);
      return url;
    },
    mayBePrivate: (hostname) => namedHostnames.has(hostname) || namedHostnames.has(`[${hostname}]`),
  };
}

/** `host:port` with the default port written out. */
function originHost(host: string): string {
  const url = new URL(`https://${host}`);
  return `${url.hostname}:${url.port === '' ? '443' : url.port}`;
}

function parse(link: string, what: string): URL {
  const url = URL.parse(link);
  if (url === null) throw refused(what, 'it is no address');
  if (url.protocol !== 'https:') throw refused(what, 'it is not https');
  if (url.username !== '' || url.password !== '') throw refused(what, 'it carries a user name');
  return url;
}

const refused = (what: string, why: string) =>
  new Fault('invalid', `Microsoft Graph gave ${what} that is not followed: ${why}`, {
    origin: 'graph',
    code: 'LinkRefused',
  });
