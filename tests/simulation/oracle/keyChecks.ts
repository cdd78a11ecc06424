import type { MemoryBlobStore } from '../../../engine/testing/memoryBlobStore.ts';
import type { Findings } from './violations.ts';

/** I31: what says which keys there are is written once and never changed. */
export function watchKeys(blobs: MemoryBlobStore, findings: Findings): void {
  blobs.onMutation(({ container, name, before, after }) => {
    if (container !== 'repository' || !(name === 'config' || name.startsWith('keys/'))) return;
    findings.check(
      'I31',
      before === undefined,
      () => `${name} was ${after === undefined ? 'removed' : 'written over'}`,
    );
  });
}
