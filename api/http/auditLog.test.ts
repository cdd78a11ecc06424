import assert from 'node:assert/strict';
import { it } from 'node:test';
import { instant, type UserId } from '../../engine/model/ids.ts';
import { anna, ben, carl } from '../testing/people.ts';
import { apiWorld, type ApiWorld } from '../testing/world.ts';

const start = Date.parse('2026-05-01T00:00:00.000Z');

/** 260 entries, one a minute, so that the log has several pages. */
async function logged(): Promise<ApiWorld> {
  const world = await apiWorld();
  for (let at = 0; at < 260; at++) {
    const isBen = at % 2 === 1;
    await world.services.records.audit.append({
      at: instant(start + at * 60_000),
      who: (isBen ? ben : anna) as UserId,
      name: isBen ? 'Ben Bär' : '=HYPERLINK("x")',
      action: at % 5 === 0 ? 'policy.change' : at % 5 === 1 ? 'policy.create' : 'content.read',
      on: { item: `n${at}` },
      result: 'done',
    });
  }
  return world;
}

it('finds entries by action, by kind of action, by person, by name and by time', async () => {
  const world = await logged();
  const auditor = world.client(await world.signIn.person(carl, ['Backup.Auditor']));
  const found = async (query: Record<string, string>): Promise<string[]> => {
    const all: string[] = [];
    let pageToken: string | undefined;
    do {
      const page = await auditor.call('listAudit', { query: { ...query, ...(pageToken && { pageToken }) } });
      all.push(...page.value.map(({ on }) => on['item'] ?? ''));
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined);
    return all;
  };
  assert.equal((await found({ action: 'policy.change' })).length, 52);
  assert.equal((await found({ action: 'policy.' })).length, 104);
  assert.equal((await found({ action: 'policy' })).length, 0, 'a word alone is a whole action');
  assert.equal((await found({ who: ben })).length, 130);
  assert.equal((await found({ who: 'ben bä' })).length, 130);
  const from = instant(start + 10 * 60_000);
  const to = instant(start + 13 * 60_000);
  assert.deepEqual(await found({ from, to }), ['n12', 'n11', 'n10']);
  assert.deepEqual(await found({ from, to, who: 'ben', action: 'policy.' }), ['n11']);
});

it('exports every entry that the filter means, page after page, and nothing that a spreadsheet would run', async () => {
  const world = await logged();
  const token = await world.signIn.person(carl, ['Backup.Auditor']);
  const csv = await (await world.send('/api/audit.csv?action=policy.', { token })).text();
  const lines = csv.trimEnd().split('\r\n');
  assert.equal(lines.length, 1 + 104);
  assert.match(lines[0] ?? '', /^\uFEFF?Time,Who,Name,Action/);
  assert.ok(lines.every((line) => !/(^|,)"?[=+@]/.test(line)));
  assert.ok(csv.includes(`"'=HYPERLINK(""x"")"`));
  const [noted] = (await world.services.records.audit.list()).value;
  assert.deepEqual([noted?.action, noted?.on], ['report.read', { report: 'audit', format: 'csv', action: 'policy.' }]);

  const own = await (await world.send('/api/audit.csv', { token: await world.signIn.person(ben) })).text();
  assert.ok(
    own
      .trimEnd()
      .split('\r\n')
      .slice(1)
      .every((line) => line.includes(ben)),
    'members get their own alone',
  );
});
