/**
 * Texts that outlive a reload of this window. A browser that keeps no data of sites inside other sites refuses them, in
 * Teams too: then they last as long as the page.
 */
const memory = new Map<string, string>();

/** False when the text will not outlive the page. */
export function keepText(key: string, text: string): boolean {
  memory.set(key, text);
  return tried(() => sessionStorage.setItem(key, text)) !== undefined;
}

export function keptText(key: string): string | undefined {
  return tried(() => sessionStorage.getItem(key))?.value ?? memory.get(key);
}

export function forgetText(key: string): void {
  memory.delete(key);
  tried(() => sessionStorage.removeItem(key));
}

/** Undefined where the browser refuses (SecurityError) or has no room (QuotaExceededError). */
function tried<T>(use: () => T): { readonly value: T } | undefined {
  try {
    return { value: use() };
  } catch (error) {
    if (error instanceof DOMException) return undefined;
    throw error;
  }
}
