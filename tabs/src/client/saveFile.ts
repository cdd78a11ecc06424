/** Hands bytes to the browser as a file. The browser keeps large ones on disk, not in memory. */
export function saveBlob(blob: Blob, fileName: string): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = address;
  link.download = fileName;
  document.body.append(link);
  link.click();
  link.remove();
  // The browser has taken hold of the bytes once it has handled the click.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** Saves an answer under the name that the server gives it. */
export async function saveAnswer(answer: Response, otherwise: string): Promise<void> {
  saveBlob(await answer.blob(), nameOf(answer.headers.get('Content-Disposition')) ?? otherwise);
}

/** `filename*` of RFC 6266 goes before `filename`. */
export function nameOf(disposition: string | null): string | undefined {
  const extended = disposition?.match(/filename\*=UTF-8''([^;]+)/i)?.[1];
  if (extended !== undefined) return decodeURIComponent(extended);
  return disposition?.match(/filename="((?:[^"\\]|\\.)*)"/i)?.[1]?.replace(/\\(.)/g, '$1');
}
