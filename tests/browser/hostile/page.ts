/** Shows one item after the other as the console's preview does, in a page under the console's own policy. */
import type { ApiClient } from '../../../contract/client.ts';
import type { Item } from '../../../contract/resources.ts';
import { readContent } from '../../../tabs/src/pages/restore/item/readContent.ts';

/** What came of a look into an item. */
export interface Look {
  readonly kind: string;
  readonly ms: number;
  /** Elements and attributes that a closed page must not have. */
  readonly unwanted: readonly string[];
}

declare global {
  interface Window {
    look(address: string): Promise<Look>;
  }
}

window.look = async (address) => {
  const startedAt = performance.now();
  const answer = await fetch(address);
  const item = { id: 'item', size: Number(answer.headers.get('Content-Length') ?? 0) } as Item;
  const api = { open: async () => answer } as unknown as ApiClient;
  const shown = await readContent(api, { resourceId: 'resource', item, at: 'point' }, new AbortController().signal);
  if (shown.kind === 'message') {
    const frame = document.createElement('iframe');
    frame.setAttribute('sandbox', '');
    frame.srcdoc = shown.page;
    const loaded = new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }));
    document.body.append(frame);
    await loaded;
    frame.remove();
  }
  const ms = performance.now() - startedAt;
  return { kind: shown.kind, ms, unwanted: shown.kind === 'message' ? unwantedIn(shown.page) : [] };
};

const forbidden = 'script, iframe, frame, object, embed, base, link, form, input, button, audio, video';

function unwantedIn(html: string): string[] {
  const page = new DOMParser().parseFromString(html, 'text/html');
  const found = [...page.querySelectorAll(forbidden)].map((element) => element.outerHTML.slice(0, 200));
  for (const element of page.querySelectorAll('*'))
    for (const { name, value } of element.attributes)
      if (
        /^on|^(href|xlink:href|srcset|background|action)$/i.test(name) ||
        (name === 'src' && !value.startsWith('data:'))
      )
        found.push(`${element.tagName} ${name}=${value.slice(0, 200)}`);
  return found;
}
