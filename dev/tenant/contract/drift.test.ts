import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { IN_FLIGHT, REQUESTS, UPLOAD } from '../../../graph/pacing/mailboxLane.ts';
import { costOf } from '../../../graph/pacing/costs.ts';
import { SHAREPOINT_BANDS as OURS } from '../../../graph/pacing/sharepointLedger.ts';
import { SHAREPOINT_BANDS as PLAYED } from '../graph/throttle.ts';
import { DEFAULT_THROTTLE } from '../options.ts';
import { openApiDir } from '../testing/besideTheRepository.ts';
import { generatedLines } from './generate.ts';

interface Limits {
  readonly outlook: {
    readonly requests: { readonly count: number; readonly windowSeconds: number };
    readonly concurrent: number;
    readonly uploadBytes: { readonly count: number; readonly windowSeconds: number };
  };
  readonly sharepoint: {
    readonly resourceUnits: Readonly<Record<string, number>>;
    readonly licenseBands: readonly {
      readonly maxLicenses: number | null;
      readonly appPerMinute: number;
      readonly appPerDay: number;
    }[];
  };
}

const limits = (): Limits =>
  JSON.parse(readFileSync(path.join(openApiDir ?? '', 'graph-limits.json'), 'utf8')) as Limits;

describe(
  'what was copied from the published contract',
  {
    skip:
      openApiDir === undefined ? 'the published contract is not beside the repository: nothing to compare with' : false,
  },
  () => {
    it('is what the contract says now: paths, methods, query names, roles and bodies that the demo tenant enforces', () => {
      const kept = readFileSync(path.join(import.meta.dirname, 'operations.jsonl'), 'utf8')
        .trimEnd()
        .split('\n');
      assert.deepEqual(kept, generatedLines(), 'run node dev/tenant/contract/generate.ts');
    });

    it('is what the contract says now: budgets of SharePoint, of the product and of the demo tenant alike', () => {
      const published = limits().sharepoint.licenseBands.map(({ maxLicenses, appPerMinute, appPerDay }) => ({
        licences: maxLicenses ?? Infinity,
        perMinute: appPerMinute,
        perDay: appPerDay,
      }));
      assert.deepEqual(OURS, published);
      assert.deepEqual(PLAYED, published);
    });

    it('is what the contract says now: budgets of mailboxes', () => {
      const { requests, concurrent, uploadBytes } = limits().outlook;
      assert.deepEqual(REQUESTS, { count: requests.count, windowMs: requests.windowSeconds * 1000 });
      assert.deepEqual(UPLOAD, { bytes: uploadBytes.count, windowMs: uploadBytes.windowSeconds * 1000 });
      assert.equal(IN_FLIGHT, concurrent);
      assert.deepEqual([requests.windowSeconds, uploadBytes.windowSeconds], [600, 300]);
      const { outlookRequestsPer10Min, outlookConcurrency, outlookUploadBytesPer5Min } = DEFAULT_THROTTLE;
      assert.deepEqual(
        [outlookRequestsPer10Min, outlookConcurrency, outlookUploadBytesPer5Min],
        [requests.count, concurrent, uploadBytes.count],
      );
    });

    it('is what the contract says now: prices of calls to SharePoint', () => {
      const units = limits().sharepoint.resourceUnits;
      const drive = 'https://graph.microsoft.com/v1.0/drives/d';
      for (const [name, method, url] of [
        ['getItem', 'GET', `${drive}/items/i`],
        ['downloadContent', 'GET', `${drive}/items/i/content`],
        ['deltaWithToken', 'GET', `${drive}/root/delta?token=t`],
        ['deltaWithoutToken', 'GET', `${drive}/root/delta`],
        ['listChildren', 'GET', `${drive}/items/i/children`],
        ['create', 'POST', `${drive}/items/i/children`],
        ['update', 'PATCH', `${drive}/items/i`],
        ['delete', 'DELETE', `${drive}/items/i`],
        ['upload', 'PUT', `${drive}/items/i/content`],
        ['permissionsAny', 'GET', `${drive}/items/i/permissions`],
        ['expandPermissions', 'GET', `${drive}/items/i?$expand=permissions`],
      ] as const)
        assert.equal(costOf(method, url), units[name], name);
    });
  },
);
