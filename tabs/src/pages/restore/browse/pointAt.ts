import type { Point } from '../../../../../contract/resources.ts';

const dayAlone = /^\d{4}-\d{2}-\d{2}$/;
const time = /^\d{4}-\d{2}-\d{2}T/;

/**
 * The copy that an address means: `latest`, the id of a point, or a time: the newest one taken until then, until the end
 * of the day where only a day is given. Undefined where it means none of them. `points` are newest first.
 */
export function pointAt(points: readonly Point[], at: string): Point | undefined {
  if (at === 'latest') return points[0];
  const until = dayAlone.test(at) ? Date.parse(`${at}T23:59:59.999`) : time.test(at) ? Date.parse(at) : Number.NaN;
  return points.find((point) => point.id === at || Date.parse(point.takenAt) <= until);
}
