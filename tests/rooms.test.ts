import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findRoomViolations, REPOSITORY_ROOT, roomViolations } from './rooms.ts';

const whyOf = (file: string, source: string) => roomViolations(file, source).map((violation) => violation.why);

describe('rooms', () => {
  it('hold in the whole repository', () => {
    const lines = findRoomViolations(REPOSITORY_ROOT).map(
      (violation) => `${violation.file}:${violation.line} ${violation.why}`,
    );
    assert.equal(lines.join('\n'), '');
  });

  it('keep Azure out of the engine, however it is imported', () => {
    for (const statement of [
      `import { store } from '../../azure/blobStore.ts';`,
      `export * from '../../azure/blobStore.ts';`,
      `const { store } = await import('../../azure/blobStore.ts');`,
      `let store: import('../../azure/blobStore.ts').Store;`,
    ]) {
      assert.match(whyOf('engine/repository/pack.ts', statement).join(), /engine\/ knows no Azure/);
    }
    assert.match(
      whyOf('engine/fault.ts', `import { BlobServiceClient } from '@azure/storage-blob';`).join(),
      /knows no Azure/,
    );
  });

  it('let a workload use the graph and engine rooms and its own graph folder', () => {
    const source = `import '../../graph/client.ts'; import './graph/paths.ts'; import '../../engine/connector.ts';`;
    assert.deepEqual(whyOf('workloads/mail/read.ts', source), []);
  });

  it('let graph and contract see one corner of the engine only', () => {
    assert.deepEqual(whyOf('graph/client.ts', `import { Fault } from '../engine/fault.ts';`), []);
    assert.equal(whyOf('graph/client.ts', `import '../engine/repository/pack.ts';`).length, 1);
    assert.deepEqual(whyOf('contract/runs.ts', `import type { Run } from '../engine/model/run.ts';`), []);
    assert.equal(whyOf('contract/runs.ts', `import '../engine/fault.ts';`).length, 1);
  });

  it('keep what is for development out of the product, and let tests use it', () => {
    const source = `import { startTenant } from '../dev/tenant/tenant.ts';`;
    assert.match(whyOf('api/compose.ts', source).join(), /nothing in the product may know dev/);
    assert.deepEqual(whyOf('api/compose.test.ts', source), []);
  });

  it('keep botbuilder in one folder', () => {
    assert.deepEqual(whyOf('bot/channel/adapter.ts', `import { CloudAdapter } from 'botbuilder';`), []);
    assert.match(
      whyOf('bot/commands/help.ts', `import { CardFactory } from 'botbuilder';`).join(),
      /only bot\/channel/,
    );
  });

  it('see a clock that is read without its name', () => {
    assert.equal(whyOf('engine/backup/duePolicies.ts', `export const now = () => new Date();`).length, 1);
    assert.deepEqual(whyOf('engine/backup/duePolicies.ts', `export const at = (ms: number) => new Date(ms);`), []);
  });
});
