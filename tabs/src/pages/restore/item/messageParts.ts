import PostalMime from 'postal-mime';
import { pictures } from './pictures.ts';

/** What a look into a message needs of it. */
export interface MessageParts {
  readonly html?: string;
  readonly text?: string;
  readonly attachments: readonly {
    readonly name: string;
    readonly type: string;
    readonly isInline: boolean;
    /** Of a picture that the text may name by its id. */
    readonly picture?: { readonly id: string; readonly base64: string };
  }[];
}

/** Takes a message apart. */
export async function messageParts(mime: ArrayBuffer): Promise<MessageParts> {
  const { html, text, attachments } = await PostalMime.parse(mime, { attachmentEncoding: 'base64' });
  return {
    ...(html !== undefined && { html }),
    ...(text !== undefined && { text }),
    attachments: attachments.map(({ filename, mimeType, disposition, contentId, content }) => ({
      name: filename ?? mimeType,
      type: mimeType,
      isInline: disposition === 'inline',
      ...(contentId !== undefined &&
        pictures.has(mimeType) && {
          picture: { id: contentId.replace(/^<(.*)>$/, '$1'), base64: String(content) },
        }),
    })),
  };
}
