import type { ApiClient } from '../../../../../contract/client.ts';
import type { Item } from '../../../../../contract/resources.ts';

export type Shown =
  | { readonly kind: 'message'; readonly html: string; readonly attachments: readonly string[] }
  | { readonly kind: 'text'; readonly text: string; readonly cut: boolean; readonly attachments?: readonly string[] }
  | { readonly kind: 'image'; readonly blob: Blob }
  | { readonly kind: 'none' };

const mostText = 262_144;
const mostMessage = 26_214_400;
const pictures: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);

/** Reads as much of an item as a look into it needs, by what the server says it is. */
export async function readContent(
  api: ApiClient,
  { resourceId, item, at }: { readonly resourceId: string; readonly item: Item; readonly at: string },
  signal: AbortSignal,
): Promise<Shown> {
  const input = { params: { id: resourceId, itemId: item.id }, query: { at } };
  const answer = await api.open('getContent', input, { signal });
  const type = answer.headers.get('Content-Type')?.split(';')[0]?.trim() ?? '';
  if (type === 'message/rfc822' && item.size <= mostMessage) return readMessage(await answer.arrayBuffer());
  if (type.startsWith('text/') || type === 'application/json' || type === 'message/rfc822') return readText(answer);
  if (pictures.has(type) && item.size <= mostMessage) return { kind: 'image', blob: await answer.blob() };
  await answer.body?.cancel();
  return { kind: 'none' };
}

async function readText(answer: Response): Promise<Shown> {
  const reader = answer.body?.getReader();
  if (reader === undefined) return { kind: 'none' };
  const decoder = new TextDecoder();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { kind: 'text', text: text + decoder.decode(), cut: false };
    text += decoder.decode(value, { stream: true });
    if (text.length < mostText) continue;
    await reader.cancel();
    return { kind: 'text', text: text.slice(0, mostText), cut: true };
  }
}

async function readMessage(bytes: ArrayBuffer): Promise<Shown> {
  const { default: PostalMime } = await import('postal-mime');
  const message = await PostalMime.parse(bytes, { attachmentEncoding: 'base64' });
  const named = ({ filename, mimeType }: (typeof message.attachments)[number]): string => filename ?? mimeType;
  // In plain text nothing shows where a picture stood, so that those are named too.
  if (message.html === undefined)
    return { kind: 'text', text: message.text ?? '', cut: false, attachments: message.attachments.map(named) };
  const attachments = message.attachments.filter(({ disposition }) => disposition !== 'inline').map(named);
  const pages = new DOMParser().parseFromString(message.html, 'text/html');
  // Pictures that lie in the message are named by content ids; nothing is fetched for them.
  for (const image of pages.querySelectorAll<HTMLImageElement>('img[src^="cid:"]')) {
    const id = decodeURIComponent(image.getAttribute('src')?.slice(4) ?? '');
    const part = message.attachments.find(({ contentId }) => contentId === `<${id}>`);
    if (part !== undefined && pictures.has(part.mimeType))
      image.setAttribute('src', `data:${part.mimeType};base64,${String(part.content)}`);
  }
  return { kind: 'message', html: pages.documentElement.outerHTML, attachments };
}
