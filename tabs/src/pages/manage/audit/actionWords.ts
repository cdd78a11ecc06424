import type { TextKey, Texts } from '../../../app/texts.tsx';

const actions: ReadonlySet<string> = new Set([
  'content.read',
  'search.run',
  'restore.ask',
  'restore.run',
  'restore.approve',
  'restore.decline',
  'restore.withdraw',
  'restore.cancel',
  'restore.undo',
  'restore.download',
  'run.start',
  'run.cancel',
  'policy.create',
  'policy.change',
  'policy.remove',
  'policy.acceptRetention',
  'settings.change',
  'points.expired',
  'hold.set',
  'hold.release',
  'expiry.pause',
  'expiry.resume',
  'change.ask',
  'change.approve',
  'change.withdraw',
  'change.applied',
  'change.void',
  'key.verify',
  'key.rotate',
  'verify.start',
  'drill.start',
  'sweep.cycle',
  'sweep.acceptListing',
]);

/** What somebody did, in words; what is not known here keeps the name that the log has for it. */
export const actionWords = (text: Texts, action: string): string =>
  actions.has(action) ? text(`audit.act.${action}` as TextKey) : action;
