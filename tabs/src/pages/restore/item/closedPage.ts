/** Parts of a page that fetch, lead away or run something; the frame's policy stops them too. */
const unwanted = 'script, iframe, frame, object, embed, base, meta, link, form';

/**
 * A page for a sandboxed frame: its own policy lets nothing load but pictures that lie in the message itself, so that no
 * sender learns that somebody looked.
 */
export function closedPage(html: string): string {
  const page = new DOMParser().parseFromString(html, 'text/html');
  for (const element of page.querySelectorAll(unwanted)) element.remove();
  for (const image of page.querySelectorAll<HTMLImageElement>('img'))
    if (image.getAttribute('src')?.startsWith('data:') !== true) image.replaceWith(image.alt);
  const policy = page.createElement('meta');
  policy.httpEquiv = 'Content-Security-Policy';
  policy.content = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";
  const style = page.createElement('style');
  style.textContent = 'body { font: 14px/1.5 system-ui, sans-serif; margin: 12px; overflow-wrap: anywhere }';
  page.head.prepend(policy, style);
  return `<!doctype html>${page.documentElement.outerHTML}`;
}
