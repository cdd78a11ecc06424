/** The audit log says in words what somebody did. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { it } from 'node:test';
import { deeds } from '../../api/http/audit.ts';
import { actions } from '../../tabs/src/pages/manage/audit/actionWords.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** Where the code names an action that goes into the log, whichever of its ways it takes. */
const naming =
  /(?:action: |(?:audit|auditEntry|entry|noteStart)\((?:\w+, ){0,3}|verb\(|^ {2}\| )'(?<action>[a-z]+\.[a-zA-Z]+)'/gm;

it('has words for everything that is written into the log', () => {
  const written = ['engine', 'api', 'bot'].flatMap((room) =>
    readdirSync(path.join(root, room), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .flatMap((file) => [...readFileSync(path.join(root, room, file), 'utf8').matchAll(naming)])
      .map(({ groups }) => groups?.['action'] ?? ''),
  );
  assert.ok(written.includes('key.rewrap') && written.includes('undo.start'), 'the search finds what it should');
  const all = new Set([...written, ...Object.values(deeds)]);
  assert.deepEqual(
    [...all].filter((action) => !actions.includes(action)),
    [],
  );
});
