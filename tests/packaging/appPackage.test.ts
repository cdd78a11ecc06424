import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { inflateSync } from 'node:zlib';
import { Ajv, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';
import { z } from 'zod';
import { pageNames } from '../../tabs/src/app/routing.ts';
import { readJson, readText, repositoryFile } from './files.ts';

const Command = z.object({ title: z.string(), description: z.string() });
const Manifest = z.object({
  $schema: z.string(),
  manifestVersion: z.string(),
  version: z.string(),
  name: z.object({ short: z.string(), full: z.string() }),
  description: z.object({ short: z.string(), full: z.string() }),
  icons: z.object({ color: z.string(), outline: z.string(), color32x32: z.string() }),
  localizationInfo: z.object({
    defaultLanguageTag: z.string(),
    defaultLanguageFile: z.string(),
    additionalLanguages: z.array(z.object({ languageTag: z.string(), file: z.string() })),
  }),
  staticTabs: z.array(
    z.object({ entityId: z.string(), name: z.string().optional(), contentUrl: z.string().optional() }),
  ),
  bots: z.tuple([
    z.object({
      scopes: z.array(z.string()),
      commandLists: z.array(z.object({ scopes: z.array(z.string()), commands: z.array(Command) })),
    }),
  ]),
  composeExtensions: z.tuple([
    z.object({
      commands: z.array(
        Command.extend({
          id: z.string(),
          type: z.string(),
          context: z.array(z.string()),
          parameters: z.array(Command.extend({ name: z.string() })).optional(),
        }),
      ),
    }),
  ]),
  validDomains: z.array(z.string()),
  webApplicationInfo: z.object({ id: z.string(), resource: z.string() }),
});
const manifest = Manifest.parse(readJson('appPackage/manifest.json'));
const { defaultLanguageFile, additionalLanguages } = manifest.localizationInfo;

const schemaFolder = createRequire(import.meta.url)
  .resolve('@microsoft/app-manifest')
  .replace(/index\.js$/, 'json-schemas/teams/v1.30/');

/** The schemas name draft 4 but use nothing in which it differs from what Ajv reads. */
function schemaNamed(name: string): ValidateFunction {
  const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
  formats.default(ajv);
  const schema = z
    .record(z.string(), z.unknown())
    .parse(JSON.parse(readFileSync(`${schemaFolder}${name}.schema.json`, 'utf8')));
  return ajv.compile({ ...schema, $schema: undefined });
}

function assertValid(validate: ValidateFunction, value: unknown): void {
  assert.ok(validate(value), JSON.stringify(validate.errors, undefined, 1));
}

const languageFile = (file: string): Record<string, string> =>
  z.record(z.string(), z.string()).parse(readJson(`appPackage/${file}`));

describe('app manifest', () => {
  it('is valid by the 1.30 schema once provisioned', () => {
    const validate = schemaNamed('MicrosoftTeams');
    assertValid(validate, readJson('appPackage/manifest.json'));
    assert.equal(manifest.manifestVersion, '1.30');
    assert.match(manifest.$schema, /\/v1\.30\//);
  });

  it('is refused by the schema when a command list grows past its limit', () => {
    const validate = schemaNamed('MicrosoftTeams');
    const commands = Array.from({ length: 13 }, () => ({ title: 'help' }));
    const broken = { ...z.record(z.string(), z.unknown()).parse(readJson('appPackage/manifest.json')) };
    const bots = [
      {
        botId: '0d6b2b3e-4c3e-4f57-9f4e-2b6a86a0a002',
        scopes: ['team'],
        commandLists: [{ scopes: ['team'], commands }],
      },
    ];
    assert.equal(validate({ ...broken, bots }), false);
  });

  it('carries the version of the package', () => {
    const { version } = z.object({ version: z.string() }).parse(JSON.parse(readText('package.json')));
    assert.equal(manifest.version, version);
  });

  it('keeps every command list within ten, described, and each title once', () => {
    for (const { commands } of manifest.bots[0].commandLists) {
      assert.ok(commands.length > 0 && commands.length <= 10);
      assert.equal(new Set(commands.map((command) => command.title)).size, commands.length);
      for (const command of commands) assert.notEqual(command.description.trim(), '', command.title);
    }
    for (const command of manifest.composeExtensions[0].commands) assert.notEqual(command.description.trim(), '');
  });

  it('offers the message action on messages alone, and the search where messages are written', () => {
    assert.deepEqual(
      manifest.composeExtensions[0].commands.map(({ type, context }) => [type, context]),
      [
        ['action', ['message']],
        ['query', ['compose', 'commandBox']],
      ],
    );
    // The name under which the bot reads what was written.
    assert.deepEqual(
      manifest.composeExtensions[0].commands.flatMap(({ parameters = [] }) => parameters.map(({ name }) => name)),
      ['sentence'],
    );
  });

  it('puts the pages first and ends with the reserved tabs', () => {
    const ids = manifest.staticTabs.map((tab) => tab.entityId);
    assert.deepEqual(ids, [...pageNames, 'conversations', 'about']);
  });

  it('names as tabs the pages that the console has, each at its own address', () => {
    const tabs = manifest.staticTabs.flatMap(({ contentUrl }) => contentUrl ?? []);
    assert.deepEqual(
      tabs.map((url) => new URL(url).pathname),
      pageNames.map((page) => `/${page}`),
    );
  });

  it('loads every page from the one host it names', () => {
    const urls = manifest.staticTabs.flatMap((tab) => tab.contentUrl ?? []);
    assert.deepEqual([...new Set(urls.map((url) => new URL(url).host))], manifest.validDomains);
    assert.equal(
      manifest.webApplicationInfo.resource,
      `api://${manifest.validDomains[0]}/${manifest.webApplicationInfo.id}`,
    );
  });
});

describe('languages of the app package', () => {
  const english = languageFile(defaultLanguageFile);
  const languages = additionalLanguages.map(({ languageTag, file }) => ({ languageTag, texts: languageFile(file) }));

  it('are English and five more', () => {
    assert.equal(manifest.localizationInfo.defaultLanguageTag, 'en');
    assert.deepEqual(
      additionalLanguages.map((language) => language.languageTag),
      ['de', 'fr', 'es', 'ja', 'ar'],
    );
  });

  it('are valid by the localization schema', () => {
    const validate = schemaNamed('MicrosoftTeams.Localization');
    for (const texts of [english, ...languages.map((language) => language.texts)]) assertValid(validate, texts);
  });

  it('have exactly the keys of English, none empty', () => {
    for (const { languageTag, texts } of languages) {
      assert.deepEqual(Object.keys(texts).toSorted(), Object.keys(english).toSorted(), languageTag);
      for (const [key, text] of Object.entries(texts)) assert.notEqual(text.trim(), '', `${languageTag} ${key}`);
    }
  });

  it('keep the short texts within the limits of the manifest', () => {
    for (const { languageTag, texts } of languages) {
      assert.ok((texts['name.short'] ?? '').length <= 30, languageTag);
      assert.ok((texts['description.short'] ?? '').length <= 80, languageTag);
      for (const key of Object.keys(english).filter((each) => /^composeExtensions.*\.title$/.test(each)))
        assert.ok((texts[key] ?? '').length <= 32, `${languageTag} ${key}`);
    }
  });

  it('say in English what the manifest says', () => {
    const said: Record<string, string> = { $schema: english['$schema'] ?? '' };
    said['name.short'] = manifest.name.short;
    said['name.full'] = manifest.name.full;
    said['description.short'] = manifest.description.short;
    said['description.full'] = manifest.description.full;
    for (const [index, tab] of manifest.staticTabs.entries())
      if (tab.name !== undefined) said[`staticTabs[${index}].name`] = tab.name;
    const lists = [
      ...manifest.bots[0].commandLists.map((list, index) => ({
        at: `bots[0].commandLists[${index}]`,
        commands: list.commands,
      })),
      { at: 'composeExtensions[0]', commands: manifest.composeExtensions[0].commands },
    ];
    for (const { at, commands } of lists) {
      for (const [index, command] of commands.entries()) {
        said[`${at}.commands[${index}].title`] = command.title;
        said[`${at}.commands[${index}].description`] = command.description;
        const { parameters = [] } = command as { readonly parameters?: readonly z.infer<typeof Command>[] };
        for (const [place, parameter] of parameters.entries()) {
          said[`${at}.commands[${index}].parameters[${place}].title`] = parameter.title;
          said[`${at}.commands[${index}].parameters[${place}].description`] = parameter.description;
        }
      }
    }
    assert.deepEqual(english, said);
  });

  it('leave the bot commands as the words the bot understands', () => {
    const isCommand = (key: string): boolean => /^bots.*\.title$/.test(key);
    for (const { languageTag, texts } of languages) {
      for (const key of Object.keys(english).filter(isCommand)) assert.equal(texts[key], english[key], languageTag);
    }
  });
});

describe('icons', () => {
  it('have the sizes that Teams asks for', () => {
    assert.deepEqual(imageHeader(manifest.icons.color), { width: 192, height: 192, colourType: 2 });
    assert.deepEqual(imageHeader(manifest.icons.color32x32), { width: 32, height: 32, colourType: 6 });
    assert.deepEqual(imageHeader(manifest.icons.outline), { width: 32, height: 32, colourType: 6 });
  });

  it('draw the outline in white on transparent, out to every edge', () => {
    const pixels = pixelsOf(manifest.icons.outline);
    const visible = pixels.filter((pixel) => pixel.alpha > 0);
    assert.ok(visible.length > 100 && visible.length < pixels.length);
    assert.ok(visible.every((pixel) => pixel.red === 255 && pixel.green === 255 && pixel.blue === 255));
    for (const edge of ['x', 'y'] as const) {
      assert.equal(Math.min(...visible.map((pixel) => pixel[edge])), 0);
      assert.equal(Math.max(...visible.map((pixel) => pixel[edge])), 31);
    }
  });
});

function imageHeader(name: string): { width: number; height: number; colourType: number | undefined } {
  const png = readFileSync(repositoryFile(`appPackage/${name}`));
  assert.equal(png.toString('latin1', 1, 4), 'PNG');
  return { width: png.readUInt32BE(16), height: png.readUInt32BE(20), colourType: png[25] };
}

interface Pixel {
  x: number;
  y: number;
  red: number;
  green: number;
  blue: number;
  alpha: number;
}

/** Undoes the five row filters of PNG for 8-bit RGBA, which is all our icons use. */
function pixelsOf(name: string): Pixel[] {
  const png = readFileSync(repositoryFile(`appPackage/${name}`));
  const { width, height } = imageHeader(name);
  const parts: Buffer[] = [];
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT')
      parts.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  }
  const rows = inflateSync(Buffer.concat(parts));
  const stride = width * 4;
  const plain = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y++) {
    const filter = rows[y * (stride + 1)] ?? 0;
    for (let x = 0; x < stride; x++) {
      const left = x < 4 ? 0 : (plain[y * stride + x - 4] ?? 0);
      const up = y === 0 ? 0 : (plain[(y - 1) * stride + x] ?? 0);
      const corner = x < 4 || y === 0 ? 0 : (plain[(y - 1) * stride + x - 4] ?? 0);
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter] ?? 0;
      plain[y * stride + x] = (rows[y * (stride + 1) + 1 + x] ?? 0) + guess;
    }
  }
  return Array.from({ length: width * height }, (_, index) => ({
    x: index % width,
    y: Math.floor(index / width),
    red: plain[index * 4] ?? 0,
    green: plain[index * 4 + 1] ?? 0,
    blue: plain[index * 4 + 2] ?? 0,
    alpha: plain[index * 4 + 3] ?? 0,
  }));
}

function paeth(left: number, up: number, corner: number): number {
  const estimate = left + up - corner;
  const [a, b, c] = [Math.abs(estimate - left), Math.abs(estimate - up), Math.abs(estimate - corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}
