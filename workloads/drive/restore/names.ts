/** What SharePoint takes in no name. */
const ILLEGAL = /["*:<>?/\\|\p{Cc}]/gu;
const RESERVED = /^(\.lock|con|prn|aux|nul|com\d|lpt\d|desktop\.ini)$/i;
const LONGEST = 255;

/** `name`, or the nearest one that SharePoint takes. `atRoot`: directly under the drive, where `forms` is taken too. */
export function legalName(name: string, atRoot: boolean): string {
  let legal = name.normalize('NFC') === name ? name : name.normalize('NFC');
  legal = legal.replace(ILLEGAL, '_').replaceAll(/_vti_/gi, '_vti-');
  legal = legal.trim().replace(/[. ]+$/, (tail) => '_'.repeat(tail.length));
  if (legal.startsWith('~$')) legal = `_${legal.slice(1)}`;
  if (legal === '' || RESERVED.test(legal) || (atRoot && legal.toLowerCase() === 'forms')) legal = `_${legal}`;
  return legal.length <= LONGEST ? legal : shortened(legal, '');
}

/** `name (restored 2026-11-21).ext`, from the second try on `name (restored 2026-11-21 2).ext`. */
export function restoredName(name: string, day: string, attempt: number): string {
  const suffix = attempt === 1 ? ` (restored ${day})` : ` (restored ${day} ${attempt})`;
  const { stem, extension } = split(name);
  const full = `${stem}${suffix}${extension}`;
  return full.length <= LONGEST ? full : shortened(name, suffix);
}

function shortened(name: string, suffix: string): string {
  const { stem, extension } = split(name);
  const room = Math.max(1, LONGEST - suffix.length - Math.min(extension.length, 32));
  // Never between the two halves of one character.
  const cut = stem
    .slice(0, room)
    .replace(/[\uD800-\uDBFF]$/, '')
    .trimEnd();
  return `${cut}${suffix}${extension.slice(0, 32)}`;
}

function split(name: string): { readonly stem: string; readonly extension: string } {
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? { stem: name, extension: '' } : { stem: name.slice(0, dot), extension: name.slice(dot) };
}
