/** Names that Windows keeps for devices, with or without an extension. */
const reserved = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$) *(\.|$)/i;
const usualBytes = 120;

/**
 * A label that is safe as one path segment everywhere: no separators, controls, bidirectional overrides, device names,
 * leading or trailing dots and spaces; at most 120 bytes of UTF-8, or as many as said (30 at least), with the extension
 * kept. Never empty.
 */
export function safeName(name: string, fallback = 'item', maximumBytes = usualBytes): string {
  const cleaned = name
    .normalize('NFC')
    .toWellFormed()
    // Controls, format characters (bidi overrides among them), separators of lines and paragraphs, unassigned.
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cn}\p{Co}\uFFFD]/gu, '')
    .replaceAll(/[/\\:*?"<>|]/g, '_')
    .replaceAll(/\s+/gu, ' ')
    .replaceAll(/^[. ]+|[. ]+$/g, '');
  const shortened = shorten(cleaned === '' ? fallback : cleaned, maximumBytes);
  return reserved.test(shortened) ? `_${shortened}` : shortened;
}

function shorten(name: string, maximumBytes: number): string {
  if (Buffer.byteLength(name) <= maximumBytes) return name;
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 && name.length - dot <= 12 ? name.slice(dot) : '';
  let stem = '';
  for (const character of name.slice(0, name.length - extension.length)) {
    if (Buffer.byteLength(stem + character + extension) > maximumBytes) break;
    stem += character;
  }
  return `${stem.replaceAll(/[. ]+$/g, '')}${extension}`;
}

/** Hands out paths that differ even where case and Unicode form are ignored; the second `a.txt` becomes `a (2).txt`. */
export function uniquePaths(): (path: readonly string[]) => string {
  const taken = new Set<string>();
  return (path) => {
    const folder = path.slice(0, -1).map((segment) => safeName(segment, 'folder'));
    const name = safeName(path.at(-1) ?? '', 'item');
    const dot = name.lastIndexOf('.');
    const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
    for (let number = 1; ; number++) {
      const candidate = [...folder, number === 1 ? name : `${stem} (${number})${extension}`].join('/');
      const key = candidate.normalize('NFKC').toLowerCase();
      if (taken.has(key)) continue;
      taken.add(key);
      return candidate;
    }
  };
}
