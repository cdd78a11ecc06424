import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { paths } from './paths.ts';
import { defaultSettings } from './settings.ts';
import { VerificationOrder } from './verification.ts';

const textOf = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');

it('docs/api.md names every route, and none that is gone', () => {
  const text = textOf('docs/api.md');
  const named = [...text.matchAll(/^\| `((?:GET|POST|PUT|PATCH|DELETE) \/[^`]*)`/gm)].map((match) => match[1]);
  assert.deepEqual(
    named.toSorted(),
    Object.values(paths)
      .map(({ method, path }) => `${method} ${path}`)
      .toSorted(),
  );
});

it('docs/verification.md says how much a sample reads by itself, and how much when somebody asks for one', () => {
  const { sampleShare, fullEveryDays } = defaultSettings.verification;
  const asked = Number(/default ([\d.]+)/.exec(VerificationOrder.shape.share.description ?? '')?.[1]);
  const [, itself, byAsking, days] =
    /a sample with (\d+) % of[^.]*asks for reads (\d+) %,[^.]*within (\d+)\s+days/.exec(
      textOf('docs/verification.md'),
    ) ?? [];
  assert.deepEqual([itself, byAsking, days].map(Number), [(sampleShare ?? 0) * 100, asked * 100, fullEveryDays]);
});

it('docs/deploy.md calls the page that asks for the recovery key as the console does', () => {
  const words = JSON.parse(textOf('tabs/src/locales/en.json')) as Record<string, string>;
  const said = /The console asks the same under _([^_]+)_, _([^_]+)_\./.exec(textOf('docs/deploy.md'))?.slice(1);
  assert.deepEqual(said, [words['page.manage'], words['manage.keys']]);
});
