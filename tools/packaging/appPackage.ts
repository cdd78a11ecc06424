import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { type Entry, writeZip } from './zip.ts';

const Manifest = z.object({
  icons: z.object({ color: z.string(), outline: z.string(), color32x32: z.string() }),
  localizationInfo: z.object({
    defaultLanguageFile: z.string(),
    additionalLanguages: z.array(z.object({ file: z.string() })),
  }),
});

/**
 * Writes the Teams app package from `folder`. Placeholders that `values` knows are filled in; the names of the others
 * come back, and stay in the manifest for the toolkit to fill in.
 */
export async function packApp(
  folder: string,
  target: string,
  values: Readonly<Record<string, string | undefined>>,
): Promise<string[]> {
  const missing = new Set<string>();
  const template = await readFile(path.join(folder, 'manifest.json'), 'utf8');
  const text = template.replaceAll(/\$\{\{\s*(\w+)\s*\}\}/g, (placeholder: string, name: string) => {
    const value = values[name];
    if (value !== undefined && value !== '') return value;
    missing.add(name);
    return placeholder;
  });
  const { icons, localizationInfo } = Manifest.parse(JSON.parse(text));
  const named = [
    ...Object.values(icons),
    localizationInfo.defaultLanguageFile,
    ...localizationInfo.additionalLanguages.map((language) => language.file),
  ];
  const entries: Entry[] = named.map((name) => ({ name, file: path.join(folder, name) }));
  await writeZip(target, [{ name: 'manifest.json', text }, ...entries]);
  return [...missing].toSorted();
}
