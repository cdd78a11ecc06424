import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fromBufferPromise } from 'yauzl';
import { ApiProblem } from '../../contract/client.ts';
import { carryOut, type Flow, leaves, PEOPLE, planned, restored, sha256, walk } from './harness.ts';

interface Manifest {
  readonly files: readonly {
    readonly path: string;
    readonly itemId: string;
    readonly sha256: string;
    readonly size: number;
  }[];
}

export function describeDownload(flowOf: () => Flow): void {
  describe('a download', () => {
    it('of one item is its file, for the person it belongs to', async () => {
      const flow = flowOf();
      const own = flow.as(PEOPLE.member);
      const mailbox = await flow.resource('mail', PEOPLE.member);
      const item = leaves(await walk(own, mailbox.id)).find(({ size }) => size > 0);
      assert.ok(item);
      const { request, results } = await restored(own, {
        selection: { items: [{ resourceId: mailbox.id, itemId: item.id }] },
        destination: { kind: 'download' },
      });
      assert.equal(request.plan?.needsApproval, false);
      assert.deepEqual(
        results.map(({ outcome }) => outcome),
        ['downloaded'],
      );
      const params = { id: request.id };
      const half = await own.open('downloadRestore', { params }, { range: 'bytes=0-9' });
      assert.deepEqual([half.status, (await half.bytes()).length], [206, 10]);
      const bytes = await (await own.open('downloadRestore', { params })).bytes();
      assert.equal(sha256(bytes), item.sha256);
      await assert.rejects(
        flow.admin.open('downloadRestore', { params }),
        (error) => error instanceof ApiProblem && [403, 404].includes(error.status),
      );
      // Once: the second try learns when it was used and how to get another.
      await assert.rejects(own.open('downloadRestore', { params }), (error) => {
        assert.ok(error instanceof ApiProblem);
        const { status, code, usedAt = '', again } = error.problem;
        assert.deepEqual([status, code, again], [409, 'download-used', '/api/restore-requests']);
        return Math.abs(Date.now() - Date.parse(usedAt)) < 60_000;
      });
    });

    it('of an own mailbox is in the hands of its owner, as far as the administrators leave it to them', async () => {
      const flow = flowOf();
      const own = flow.as(PEOPLE.member);
      const mailbox = await flow.resource('mail', PEOPLE.member);
      const body = {
        selection: { resourceId: mailbox.id },
        destination: { kind: 'download' as const, format: 'zip' as const },
      };
      const leave = async (selfService: object) => {
        await flow.admin.call('putSettings', {
          params: { name: 'selfService' },
          body: { enabled: true, ...selfService },
        });
      };
      const refused = (text: RegExp) => (error: unknown) =>
        error instanceof ApiProblem && error.status === 403 && text.test(error.message);
      try {
        await leave({ download: false });
        await assert.rejects(own.call('createRestore', { body }), refused(/downloads/));
        await leave({ download: true, workloads: ['drive'] });
        await assert.rejects(own.call('createRestore', { body }), refused(/self-service for Mail/));
        await leave({ download: true, workloads: ['mail'] });
        const { request } = await restored(own, body);
        const { id: owner } = await flow.tenant.user(PEOPLE.member);
        assert.deepEqual(
          request.sources?.map(({ id, name }) => [id, name]),
          [[owner, mailbox.name]],
        );
        const answer = await own.open('downloadRestore', { params: { id: request.id } });
        const zip = await fromBufferPromise(Buffer.from(await answer.arrayBuffer()));
        const years = new Set<number>();
        let entries = 0;
        for await (const entry of zip.eachEntry()) {
          entries++;
          years.add(entry.getLastModDate({ timezone: 'UTC' }).getUTCFullYear());
        }
        assert.equal(entries, (request.counts?.restored ?? 0) + 1);
        assert.ok(!years.has(1980), [...years].join(' '));
        const { value } = await own.call('listAudit', { query: { action: 'restore.download' } });
        assert.ok(value.some(({ on, result }) => on['request'] === request.id && result === 'done'));
      } finally {
        await leave({ download: true });
      }
    });

    it('of a selection is a ZIP that other programs open, with a manifest of true names and hashes', async () => {
      const flow = flowOf();
      const drive = await flow.resource('drive', 'anna.lindqvist');
      const stored = leaves(await walk(flow.admin, drive.id));
      const plan = await planned(flow.as(PEOPLE.operator), {
        selection: { resourceId: drive.id },
        destination: { kind: 'download', format: 'zip' },
        reason: 'a court asks',
      });
      assert.equal(plan.plan?.needsApproval, true);
      const { request } = await carryOut(flow.as(PEOPLE.operator), plan, flow.as(PEOPLE.approver));
      assert.equal(request.state, 'done', request.trouble);
      const answer = await flow.as(PEOPLE.operator).open('downloadRestore', { params: { id: request.id } });
      const archive = Buffer.from(await answer.arrayBuffer());
      assert.equal(archive.length, request.download?.size);

      const entries = new Map<string, Buffer>();
      const zip = await fromBufferPromise(archive);
      for await (const entry of zip.eachEntry()) {
        const stream = await zip.openReadStreamPromise(entry);
        entries.set(entry.fileName, Buffer.concat(await stream.toArray()));
      }
      const manifest = JSON.parse(entries.get('holdfast-manifest.json')?.toString() ?? '{}') as Manifest;
      assert.equal(manifest.files.length, stored.length);
      assert.equal(entries.size, stored.length + 1);
      for (const { path, itemId, sha256: hash, size } of manifest.files) {
        const bytes = entries.get(path);
        assert.ok(bytes, `${path} is in the archive`);
        assert.deepEqual([sha256(bytes), bytes.length], [hash, size], path);
        assert.equal(stored.find(({ id }) => id === itemId)?.sha256, hash);
      }
    });
  });
}
