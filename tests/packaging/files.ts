/** Reads the packaged files the way their consumers do: placeholders filled in, JSON parsed. */
import { readFileSync } from 'node:fs';

const root = new URL('../../', import.meta.url);

export const repositoryFile = (path: string): URL => new URL(path, root);

export const readText = (path: string): string => readFileSync(repositoryFile(path), 'utf8');

/** What `provision` would have written into the environment file. */
export const provisioned: Readonly<Record<string, string>> = {
  TEAMSFX_ENV: 'dev',
  RESOURCE_SUFFIX: 'dev',
  TAB_DOMAIN: 'func-holdfast-dev-abc123.azurewebsites.net',
  TEAMS_APP_ID: '0d6b2b3e-4c3e-4f57-9f4e-2b6a86a0a001',
  BOT_ID: '0d6b2b3e-4c3e-4f57-9f4e-2b6a86a0a002',
  API_CLIENT_ID: '0d6b2b3e-4c3e-4f57-9f4e-2b6a86a0a003',
  API_OBJECT_ID: '0d6b2b3e-4c3e-4f57-9f4e-2b6a86a0a004',
  BACKUP_CLIENT_ID: '0d6b2b3e-4c3e-4f57-9f4e-2b6a86a0a005',
  BACKUP_OBJECT_ID: '0d6b2b3e-4c3e-4f57-9f4e-2b6a86a0a006',
  RESTORE_CLIENT_ID: '0d6b2b3e-4c3e-4f57-9f4e-2b6a86a0a007',
  RESTORE_OBJECT_ID: '0d6b2b3e-4c3e-4f57-9f4e-2b6a86a0a008',
};

/** Fills the toolkit's placeholders; one that `provision` does not write is an error, as it is in the toolkit. */
export const fillIn = (text: string): string =>
  text.replaceAll(/\$\{\{\s*(\w+)\s*\}\}/g, (_, name: string) => {
    const value = provisioned[name];
    if (value === undefined) throw new Error(`Nothing provides \${{${name}}}`);
    return value;
  });

export const readJson = (path: string): unknown => JSON.parse(fillIn(readText(path)));
