import type { RestorePoint } from '../../model/point.ts';
import type { Row, StoredRow } from '../../ports/tableStore.ts';
import type { OpenRepository } from '../openRepository.ts';

/** The row of a restore point as it would be had the engine written it with something else in it. */
export async function otherRow(
  { openColumn, sealColumn }: Pick<OpenRepository, 'openColumn' | 'sealColumn'>,
  { partition, key, columns }: StoredRow,
  change: Partial<RestorePoint>,
): Promise<Row> {
  const place = `resources/${partition}/${key}/sealed`;
  const opened = await openColumn(partition, place, columns['sealed'] as Uint8Array);
  const { point, hash } = JSON.parse(Buffer.from(opened).toString()) as { point: RestorePoint; hash: string };
  const bytes = Buffer.from(JSON.stringify({ point: { ...point, ...change }, hash }));
  return { partition, key, columns: { sealed: sealColumn(partition, place, bytes) } };
}
