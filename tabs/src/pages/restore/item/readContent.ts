import type { ApiClient } from '../../../../../contract/client.ts';
import type { Item } from '../../../../../contract/resources.ts';
import { pictures } from './pictures.ts';
import { readMessage } from './readMessage.ts';

export type Shown =
  /** `page` is a closed one, for a sandboxed frame. */
  | { readonly kind: 'message'; readonly page: string; readonly attachments: readonly string[] }
  | { readonly kind: 'text'; readonly text: string; readonly cut: boolean; readonly attachments?: readonly string[] }
  | { readonly kind: 'image'; readonly blob: Blob }
  | { readonly kind: 'tooHard' }
  | { readonly kind: 'none' };

const mostText = 262_144;
const mostMessage = 26_214_400;
/** Longer pages are shown as text: sanitising them would hold up the console. */
const mostHtml = 2_000_000;
const mostTags = 10_000;

/** Reads as much of an item as a look into it needs, by what the server says it is. */
export async function readContent(
  api: ApiClient,
  { resourceId, item, at }: { readonly resourceId: string; readonly item: Item; readonly at: string },
  signal: AbortSignal,
): Promise<Shown> {
  const input = { params: { id: resourceId, itemId: item.id }, query: { at } };
  const answer = await api.open('getContent', input, { signal });
  const type = answer.headers.get('Content-Type')?.split(';')[0]?.trim() ?? '';
  if (type === 'message/rfc822' && item.size <= mostMessage) return readMail(answer);
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

/** Undefined parts: too hard to take apart, or made to be. */
async function readMail(answer: Response): Promise<Shown> {
  const parts = await readMessage(await answer.arrayBuffer());
  if (parts === undefined) return { kind: 'tooHard' };
  const { html, text = '', attachments } = parts;
  const isLong = html !== undefined && (html.length > mostHtml || html.split('<').length > mostTags);
  if (isLong && text === '') return { kind: 'tooHard' };
  // In plain text nothing shows where a picture stood, so that those are named too.
  if (html === undefined || isLong)
    return {
      kind: 'text',
      text: text.slice(0, mostText),
      cut: text.length > mostText,
      attachments: attachments.map(({ name }) => name),
    };
  const own = attachments.flatMap(({ type, picture }) =>
    picture === undefined ? [] : [[picture.id, `data:${type};base64,${picture.base64}`] as const],
  );
  const { closedPage } = await import('./closedPage.ts');
  return {
    kind: 'message',
    page: closedPage(html, new Map(own)),
    attachments: attachments.filter(({ isInline }) => !isInline).map(({ name }) => name),
  };
}
