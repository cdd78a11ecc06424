import { z } from 'zod';

/**
 * Hosts as people write them: separated by commas, semicolons or blanks, in upper or lower case, with or without a port,
 * an https:// before them and a slash behind. Becomes `host` or `host:port` as addresses spell it (lower case, no default
 * port). Every entry that is not one host is a mistake of its own that says what to write instead.
 */
export const hostList = z.string().transform((text, context) =>
  text
    .split(/[\s,;]+/)
    .filter((entry) => entry !== '')
    .flatMap((entry) => {
      const judged = hostOf(entry);
      if ('host' in judged) return [judged.host];
      context.addIssue({ code: 'custom', message: `"${shown(entry)}" ${judged.mistake}` });
      return [];
    }),
);

const IPV6 = /^[0-9a-f]*:[0-9a-f]*:[0-9a-f:.]*$/i;

function hostOf(entry: string): { readonly host: string } | { readonly mistake: string } {
  const [, scheme, rest = ''] = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(.*)$/is.exec(entry) ?? [];
  const authority = rest.replace(/\/$/, '');
  if (scheme !== undefined && scheme.toLowerCase() !== 'https')
    return { mistake: `names ${scheme}: only https is spoken; write the host alone, such as files.example.com` };
  if (authority.includes('@')) return { mistake: 'holds a user name: write the host alone, such as files.example.com' };
  if (/[/?#\\]/.test(authority))
    return { mistake: 'holds a path: write the host alone, such as files.example.com or files.example.com:8443' };
  if (authority.includes('*') || authority.startsWith('.'))
    return { mistake: 'is a pattern: write each host by its full name; all below a domain are never meant' };
  if (IPV6.test(authority)) return { mistake: `is an IPv6 address: write it in brackets, as in [${authority}]:8443` };
  const url = URL.parse(`https://${authority.replace(/\.(?=:|$)/, '')}`);
  if (url === null || url.hostname === '' || /[^a-z0-9.:[\]-]/.test(url.hostname) || /:$|:0+$/.test(authority))
    return {
      mistake:
        'is not a host: write its name or IP address, with :port where it is not 443, such as files.example.com:8443',
    };
  return { host: url.host };
}

/** What is behind a host, or before it, may be a secret. */
const shown = (entry: string): string => {
  const [, scheme = '', rest = ''] = /^([a-z][a-z0-9+.-]*:\/\/)?(.*)$/is.exec(entry) ?? [];
  const host = (rest.split('@').at(-1) ?? '').replace(/[/?#\\].*$/s, '/…');
  return scheme + (rest.includes('@') ? '…@' : '') + host;
};
