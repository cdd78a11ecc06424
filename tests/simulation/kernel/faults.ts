import { isTrouble, troubleNames, troublesOf, type Asked, type TroubleName } from './troubles.ts';

/**
 * What may befall a boundary call.
 * `kill`: the process ends before or after the call took effect. `fail`: no answer; after = it took effect all the same.
 * `refuse`: the service says that it is busy and did nothing. `throttle`: it asks to wait. `delay`: it takes effect later.
 * `late`: the answer comes later. `corrupt`: the answer is damaged. `pause`: the process stands still before the call.
 * `cut-list`: a page of names breaks off after its first and says that it was the last.
 * Deliveries and timers: `twice`, `never` (a timer that does not fire, a renewal that gets lost), `delay`.
 */
const plainFaults = [
  'kill-before',
  'kill-after',
  'fail-before',
  'fail-after',
  'refuse',
  'throttle',
  'delay',
  'late',
  'corrupt',
  'pause',
  'twice',
  'never',
  'cut-list',
] as const;
export type PlainFault = (typeof plainFaults)[number];
/** A plain fault, or a trouble that Microsoft 365 makes. */
export type FaultName = PlainFault | TroubleName;
export const faultNames: readonly FaultName[] = [...plainFaults, ...troubleNames];

export const isFaultName = (name: unknown): name is FaultName => faultNames.some((known) => known === name);

/** What is done with a call. A kind takes only the faults that its service can show. */
export type CallKind = 'read' | 'bytes' | 'list' | 'write' | 'request' | 'key' | 'delivery' | 'settle' | 'timer';

const everywhere = ['kill-before', 'kill-after', 'delay', 'pause'] as const;
const answers = ['fail-before', 'fail-after', 'late'] as const;
const answered = [...everywhere, ...answers] as const;

export const faultsOf: Readonly<Record<CallKind, readonly PlainFault[]>> = {
  read: [...answered, 'refuse', 'throttle'],
  bytes: [...answered, 'refuse', 'throttle', 'corrupt'],
  list: [...answered, 'refuse', 'throttle', 'cut-list'],
  write: [...answered, 'refuse', 'throttle'],
  // What is on its way to Graph cannot be called back when Graph asks everybody to wait: it arrives at once or never.
  request: ['kill-before', 'kill-after', ...answers, 'refuse', 'throttle', 'corrupt'],
  key: [...answered, 'refuse', 'throttle'],
  delivery: [...everywhere, 'twice', 'never'],
  settle: [...everywhere, 'fail-before', 'fail-after'],
  timer: [...everywhere, 'twice', 'never'],
};

const four = ['kill-before', 'kill-after', 'fail-before', 'fail-after'] as const;
const unasked = ['kill-before', 'kill-after', 'never', 'twice'] as const;

/** The four that every call is tried with. Nobody waits for the answer to a delivery or a timer: those fail in their own way. */
export const singleFaultsOf: Readonly<Record<CallKind, readonly PlainFault[]>> = {
  read: four,
  bytes: [...four, 'corrupt'],
  list: [...four, 'cut-list'],
  write: four,
  request: four,
  key: four,
  settle: four,
  delivery: unasked,
  timer: unasked,
};

/** A call as far as it says what may befall it. */
export interface Disturbable {
  readonly kind: CallKind;
  /** Of a request to Microsoft 365. */
  readonly asked?: Asked;
}

/** The four, and every trouble that the tenant can make of the call. */
export const singlesOf = ({ kind, asked }: Disturbable): readonly FaultName[] =>
  asked === undefined ? singleFaultsOf[kind] : [...singleFaultsOf[kind], ...troublesOf(asked)];

export const canMeet = ({ kind, asked }: Disturbable, fault: FaultName): boolean =>
  isTrouble(fault) ? asked !== undefined && troublesOf(asked).includes(fault) : faultsOf[kind].includes(fault);

/** One fault at one call; `ms` where it takes time. */
export interface PlannedFault {
  readonly call: number;
  readonly fault: FaultName;
  readonly ms?: number;
}
