import { GraphError } from '../call.ts';

const RESERVED = /^(\.lock|CON|PRN|AUX|NUL|COM\d|LPT\d|desktop\.ini)$/i;
const ILLEGAL = /["*:<>?/\\|\p{Cc}]/u;
const PATH_LIMIT = 400;

/** Why SharePoint refuses a name, or undefined when it takes it. */
export function nameFault(name: string, atRoot: boolean): string | undefined {
  if (name === '' || name.trim() !== name) return 'The name is empty or begins or ends with a space.';
  if (ILLEGAL.test(name)) return 'The name contains one of the characters " * : < > ? / \\ |.';
  if (name.endsWith('.')) return 'The name ends with a dot.';
  if (RESERVED.test(name) || name.startsWith('~$') || name.includes('_vti_')) return 'The name is reserved.';
  if (atRoot && name.toLowerCase() === 'forms') return 'The name is reserved at the root of a library.';
  return name.length > 255 ? 'The name is longer than 255 characters.' : undefined;
}

export function requireLegalName(name: string, atRoot: boolean, parentPath: string): void {
  const fault = nameFault(name, atRoot);
  if (fault !== undefined)
    throw new GraphError(
      400,
      'invalidRequest',
      `The provided name cannot contain only periods, and these characters: ", *, :, <, >, ?, /, \\, |. ${fault}`,
    );
  if (parentPath.length + 1 + name.length > PATH_LIMIT)
    throw new GraphError(400, 'invalidRequest', `The specified path is longer than ${PATH_LIMIT} characters.`, {
      innerCode: 'pathIsTooLong',
    });
}

/** The nearest name SharePoint takes: illegal characters become `_`, reserved names get one in front. */
export function nearestLegalName(name: string, atRoot: boolean): string {
  let legal = name
    .replace(new RegExp(ILLEGAL.source, 'gu'), '_')
    .trim()
    .replace(/[. ]+$/, (tail) => '_'.repeat(tail.length));
  legal = legal.replaceAll('_vti_', '_vti-').replace(/^~\$/, '_$');
  if (legal === '') legal = '_';
  if (legal.length > 255) legal = legal.slice(0, 120) + legal.slice(-120);
  return nameFault(legal, atRoot) === undefined ? legal : `_${legal}`;
}

/** SharePoint compares names without case. */
export const nameKey = (name: string): string => name.normalize('NFC').toLowerCase();
