import PostalMime from 'postal-mime';
import type { InspectedProperty } from '../../engine/connector.ts';
import { isFault } from '../../engine/fault.ts';

/** Is this a message that a mail program can open? */
export async function inspectMail(bytes: Uint8Array): Promise<readonly InspectedProperty[]> {
  try {
    const { headers } = await PostalMime.parse(bytes);
    return [{ property: 'mime', isRight: headers.length > 0, found: `${headers.length} headers` }];
  } catch (error) {
    // Whatever a parser of somebody else throws: this one message does not parse.
    if (isFault(error)) throw error;
    return [{ property: 'mime', isRight: false, found: 'does not parse' }];
  }
}
