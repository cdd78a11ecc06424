import { isFault, type Fault } from '../fault.ts';

/**
 * What `read` gives; undefined when what it needs is damaged or gone from storage, which is told then. Without `tell`
 * that is thrown like every other fault.
 */
export async function unlessDamaged<T>(
  read: () => Promise<T>,
  tell: ((fault: Fault) => void) | undefined,
): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (tell === undefined || !isFault(error, 'corrupt', 'missing')) throw error;
    tell(error);
    return undefined;
  }
}
