import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { textsFor } from './texts.ts';

const iso = '2026-11-21T14:05:00Z';
const plain = (said: string) => said.replaceAll(/\s/gu, ' ');

describe('a time in chat', () => {
  const told: readonly (readonly [string, Parameters<typeof textsFor>, string, string])[] = [
    ['says UTC where nobody knows the zone', ['en-GB'], '14:05 UTC', '21 Nov 2026, 14:05 UTC'],
    ['says UTC for a zone that does not exist', ['en-GB', 'Mars/Olympus'], '14:05 UTC', '21 Nov 2026, 14:05 UTC'],
    ['is the reader’s own without a word', ['en-GB', 'Europe/Berlin'], '15:05', '21 Nov 2026, 15:05'],
    ['names its zone to many', ['en-GB', 'Europe/Berlin', 'many'], '15:05 CET', '21 Nov 2026, 15:05 CET'],
    ['is written as the reader writes it', ['de', 'Europe/Berlin'], '15:05', '21. Nov. 2026, 15:05'],
    ['keeps to half hours', ['en-US', 'Asia/Kolkata'], '7:35 PM', 'Nov 21, 2026, 7:35 PM'],
  ];
  for (const [claim, given, time, moment] of told)
    it(claim, () => {
      const texts = textsFor(...given);
      assert.deepEqual([plain(texts.time(iso)), plain(texts.moment(iso))], [time, moment]);
    });
});
