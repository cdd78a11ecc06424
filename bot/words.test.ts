import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { commands } from './commands/index.ts';
import { textsFor } from './texts.ts';
import { readSentence } from './words.ts';

const sentences: readonly (readonly [string, string | undefined, string])[] = [
  ['help', 'help', ''],
  ['HELP!', 'help', ''],
  ['?', 'help', ''],
  ['', 'help', ''],
  ['  hi  ', 'help', ''],
  ['<at>Holdfast</at> status', 'status', ''],
  ['<at id="0">Holdfast</at>&nbsp;', undefined, '&nbsp;'],
  ['ｓｔａｔｕｓ', 'status', ''],
  ['Status, please', 'status', 'please'],
  ['back up anna', 'backup', 'anna'],
  ['Backup now.', 'backup', 'now.'],
  ['bring back budget.xlsx', 'restore', 'budget.xlsx'],
  ['where is "annual plan"?', 'find', 'is "annual plan"?'],
  ['find\u200B invoice.pdf', 'find', 'invoice.pdf'],
  ['approve', 'approvals', ''],
  ['invoice.pdf from Anna', undefined, 'invoice.pdf from Anna'],
];
for (const [said, command, rest] of sentences) {
  test(`"${said}" means ${command ?? 'nothing yet'}`, () => {
    const sentence = readSentence(said);
    assert.deepEqual([sentence.command, sentence.rest], [command, rest]);
  });
}

test('every command of the app package has a handler and a help entry, and the other way round', () => {
  const manifest = JSON.parse(readFileSync(new URL('../appPackage/manifest.json', import.meta.url), 'utf8')) as {
    bots: [{ commandLists: { scopes: string[]; commands: { title: string }[] }[] }];
    composeExtensions: [{ commands: { id: string }[] }];
  };
  const listed = (scope: string) =>
    manifest.bots[0].commandLists.find(({ scopes }) => scopes.includes(scope))?.commands.map(({ title }) => title) ??
    [];
  const text = textsFor('en');
  const ours = Object.entries(commands);
  assert.deepEqual(listed('personal').toSorted(), ours.map(([, { title }]) => title).toSorted());
  assert.deepEqual(
    listed('team').toSorted(),
    ours
      .filter(([, { isPrivate }]) => !isPrivate)
      .map(([, { title }]) => title)
      .toSorted(),
  );
  for (const [name, { title }] of ours) {
    assert.equal(text(`command.${name as keyof typeof commands}.title`), title);
    assert.notEqual(text(`command.${name as keyof typeof commands}.help`), '');
    assert.equal(readSentence(title).command, name);
  }
  assert.deepEqual(
    manifest.composeExtensions[0].commands.map(({ id }) => id),
    ['restoreWithHoldfast', 'findInHoldfast'],
  );
});

test('first words in German name the same commands', () => {
  const named = ['Hilfe!', 'suche invoice.pdf', 'Bericht', 'Fehler', 'sichern anna', 'Benachrichtigungen'].map(
    (said) => readSentence(said).command,
  );
  assert.deepEqual(named, ['help', 'find', 'report', 'failures', 'backup', 'notifications']);
});
