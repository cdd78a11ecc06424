/** What a control endpoint was asked to do makes no sense; the message says why. */
export class ControlError extends Error {}
