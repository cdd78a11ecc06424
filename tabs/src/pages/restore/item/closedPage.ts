import DOMPurify from 'dompurify';

/** What may fetch, lead away or ask for something; the rest of what is dangerous is the library's to know. */
const rules = {
  WHOLE_DOCUMENT: true,
  FORBID_TAGS: ['base', 'form', 'input', 'button', 'textarea', 'select', 'meta', 'link', 'audio', 'video', 'source'],
  FORBID_ATTR: ['href', 'xlink:href', 'srcset', 'background', 'poster', 'ping', 'target', 'action', 'formaction'],
} as const;

/**
 * A page for a sandboxed frame, of what somebody else wrote: nothing in it runs, leads away, or loads but pictures that
 * lie in the message itself, so that no sender learns that somebody looked. The frame's own policy says the same once
 * more. `pictures` are those of the message, by content id, as data URLs.
 */
export function closedPage(html: string, pictures: ReadonlyMap<string, string> = new Map()): string {
  const page = new DOMParser().parseFromString(
    DOMPurify.sanitize(html, { ...rules, FORBID_TAGS: [...rules.FORBID_TAGS], FORBID_ATTR: [...rules.FORBID_ATTR] }),
    'text/html',
  );
  for (const image of page.querySelectorAll<HTMLImageElement>('img')) {
    const source = image.getAttribute('src') ?? '';
    const own = source.startsWith('cid:') ? pictures.get(decoded(source.slice(4))) : undefined;
    if (own !== undefined) image.setAttribute('src', own);
    else if (!source.startsWith('data:')) image.replaceWith(image.alt);
  }
  const policy = page.createElement('meta');
  policy.httpEquiv = 'Content-Security-Policy';
  policy.content = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";
  const style = page.createElement('style');
  style.textContent = 'body { font: 14px/1.5 system-ui, sans-serif; margin: 12px; overflow-wrap: anywhere }';
  page.head.prepend(policy, style);
  return `<!doctype html>${page.documentElement.outerHTML}`;
}

/** A broken escape stands for itself. */
function decoded(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch (error) {
    if (error instanceof URIError) return id;
    throw error;
  }
}
